"""The demo city 南澄市: fictional units and people to try the portal with."""
