"""Reading a rendered page: enough of HTML to say what stands where."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, TreeBuilder

from werkzeug.test import TestResponse

_VOID = {"br", "hr", "img", "input", "link", "meta"}
_BOXES = {"checkbox", "radio"}


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self._tree = TreeBuilder()
        self._tree.start("page", {})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._tree.start(tag, {name: value or "" for name, value in attrs})
        if tag in _VOID:
            self._tree.end(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._tree.end(tag)

    def handle_data(self, data: str) -> None:
        self._tree.data(data)

    def tree(self) -> Element:
        self.close()
        self._tree.end("page")
        return self._tree.close()


def read(answer: TestResponse) -> Element:
    """The page's elements, under one called ``page``."""
    reader = _Reader()
    reader.feed(answer.text)
    return reader.tree()


def words(element: Element | None) -> str:
    """The text of an element, each run of white space as one space; '' where there is none."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def find(page: Element, path: str) -> Element:
    """The first element at this path, which has to be there."""
    found = page.find(path)
    assert found is not None, path
    return found


def rows(page: Element) -> list[list[str]]:
    """The words of every cell of the page's tables."""
    return [[words(cell) for cell in row] for row in page.findall(".//tbody/tr")]


def alerts(page: Element) -> list[str]:
    """Messages and errors, wherever they stand."""
    kinds = {"alert", "invalid-feedback"}
    found = (each for each in page.iter() if kinds & set(each.get("class", "").split()))
    return [words(each) for each in found if words(each)]


def totals(page: Element) -> dict[str, int]:
    """The figures of a preview."""
    terms, figures = page.findall(".//dl/div/dt"), page.findall(".//dl/div/dd")
    counted = zip(terms, figures, strict=True)
    return {words(term): int(words(figure).replace(",", "")) for term, figure in counted}


def form(page: Element, action: str) -> dict[str, str]:
    """What a browser would send of the form with this action as it stands, buttons left out."""
    filled = find(page, f".//form[@action='{action}']")
    values = {}
    for field in filled.iter():
        name = field.get("name", "")
        if field.tag == "textarea":
            values[name] = "".join(field.itertext()).removeprefix("\n")  # as browsers do
        elif field.tag == "select":
            chosen = field.find("option[@selected]")
            values[name] = "" if chosen is None else chosen.get("value", "")
        elif field.tag == "input" and (
            field.get("type") not in _BOXES or "checked" in field.attrib
        ):
            values[name] = field.get("value", "")
    return values
