#!/bin/sh
# Installs the Fandol families (Fang, Hei, Kai, Song), which GB/T 9704 documents are set in. Run as root.
#
# Debian ships them inside texlive-lang-chinese only: that package is fetched and the fonts alone are taken out of it,
# for installing it would bring in the whole of TeX.
set -eu
destination=/usr/local/share/fonts/gongwen
inside=./usr/share/texlive/texmf-dist/fonts/opentype/public/fandol

[ -e "$destination/FandolFang-Regular.otf" ] && exit 0
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
chmod 755 "$folder"
cd "$folder"
apt-get download -qq texlive-lang-chinese 2>/dev/null ||
    { apt-get update -qq && apt-get download -qq texlive-lang-chinese; }
dpkg-deb --fsys-tarfile texlive-lang-chinese_*.deb |
    tar -x --strip-components=9 --wildcards --exclude='*Braille*' "$inside/Fandol*-*.otf"
mkdir -p "$destination"
install -m 644 Fandol*.otf "$destination/"
fc-cache "$destination"
