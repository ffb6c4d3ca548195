"""Government information 政务信息 sent to the office: editing, adoption, scores (M-5)."""
