"""What streamlit runs at every visit and every click: the page, from its top to its bottom."""

from app.page.whole_page import show_page

show_page()
