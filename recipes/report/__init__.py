"""A web page about one run, or about several side by side.

May import `recipes.config` and what stands below it, and `zoo`.
"""

from recipes.report.page import answer, as_data, page

__all__ = ["answer", "as_data", "page"]
