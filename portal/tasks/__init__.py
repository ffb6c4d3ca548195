"""Requests to deal with a matter 请求办理事项: asked of units and people, followed until there is a result (M-3)."""
