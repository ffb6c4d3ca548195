"""Special reports 专题报告 to leaders, and their instructions 批示 (M-4)."""
