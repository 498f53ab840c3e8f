"""How Sphinx makes pages of the Markdown that build.py stages, in one of the two languages."""

import json
import os
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from docutils import nodes
from sphinx.transforms import SphinxTransform

site = json.loads(Path(os.environ["SITE"]).read_text())
language = site["language"]
korean = language == "ko"
root = "../" if korean else ""  # From a page of this language to the root of the site.

project = "Java용 Keras 옵티마이저" if korean else "Keras optimizers for Java"
version = release = site["version"]
copyright = ""
extensions = ["myst_parser"]
myst_heading_anchors = 6
myst_heading_slug_func = "github"
myst_url_schemes = ["http", "https", "mailto", "site", "repository"]
highlight_language = "text"
smartquotes = False

templates_path = ["templates"]
html_static_path = ["static"]
html_css_files = ["site.css"]
html_theme = "pydata_sphinx_theme"
html_title = project
html_copy_source = html_show_sourcelink = html_use_index = html_domain_indices = False
html_sidebars = {"**": ["navigation.html"]}
html_theme_options = {
    "logo": {"text": "keras-optimizers"},
    "search_bar_text": "검색" if korean else "Search",
    "icon_links": [{"name": "GitHub", "url": site["repository"], "icon": "fa-brands fa-github"}],
    "navbar_align": "right",
    "navbar_center": [],
    "navbar_end": ["languages.html", "theme-switcher", "navbar-icon-links"],
    "secondary_sidebar_items": ["page-toc", "in-repository.html"],
    "article_header_start": [],
    "footer_start": ["about.html"],
    "footer_end": [],
    "primary_sidebar_end": [],
    "show_toc_level": 2,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_context = {"default_mode": "auto", "site": site, "root": root, "korean": korean}

# What the theme has no Korean for.
KOREAN = {
    "Back to top": "맨 위로",
    "Color mode": "색상 모드",
    "Dark": "어둡게",
    "Light": "밝게",
    "On this page": "이 페이지에서",
    "Search": "검색",
    "Section Navigation": "문서 목록",
    "Site navigation": "사이트 메뉴",
    "Skip to main content": "본문으로 건너뛰기",
    "System Settings": "시스템 설정",
    "next": "다음",
    "next page": "다음 페이지",
    "previous": "이전",
    "previous page": "이전 페이지",
}


def catalog():
    """A folder with KOREAN as a catalog of gettext."""
    folder = Path(os.environ["SITE"]).parent / "locale"
    messages = Catalog(locale="ko")
    for text, translation in KOREAN.items():
        messages.add(text, translation)
    file = folder / "ko/LC_MESSAGES/sphinx.mo"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as out:
        write_mo(out, messages)
    return str(folder)


class Anchors(SphinxTransform):
    """Headings have the anchors that they have on GitHub, Korean ones too."""

    default_priority = 870

    def apply(self):
        for section in self.document.findall(nodes.section):
            if slug := section.get("slug"):
                section["ids"] = [slug, *(id_ for id_ in section["ids"] if id_ != slug)]


class Links(SphinxTransform):
    """What build.py has left as site:URL and repository:path; and code that names a class, to its Javadoc."""

    default_priority = 880

    def apply(self):
        for reference in list(self.document.findall(nodes.reference)):
            scheme, _, rest = reference.get("refuri", "").partition(":")
            if scheme == "site":
                reference["refuri"] = root + rest
            elif scheme == "repository":
                self.to_repository(reference, rest)
        seen = set()
        for literal in list(self.document.findall(nodes.literal)):
            self.to_javadoc(literal, seen)

    def to_repository(self, reference, rest):
        path = rest.partition("#")[0]
        kind = "tree" if (Path(__file__).parents[2] / path).is_dir() else "blob"
        url = f"{site['repository']}/{kind}/{site['commit']}/{rest}"
        if path not in site["sources"]:
            reference["refuri"] = url
            return
        # A class: its Javadoc, and its source.
        reference["refuri"] = root + site["sources"][path]
        source = nodes.reference("", "소스" if korean else "source", refuri=url, classes=["source"])
        reference.parent.insert(reference.parent.index(reference) + 1, [nodes.Text(" "), source])

    def to_javadoc(self, literal, seen):
        """Links a class or a member once in a section, unless it could be of several classes."""
        text = re.sub(r"\(.*\)$", "", literal.astext())
        urls = site["names"].get(text, [])
        package = {"optimizers": "optimizers/[A-Z]", "keras3": "optimizers/keras3/"}.get(self.env.docname)
        if len(urls) > 1 and package:
            urls = [url for url in urls if re.search(package, url)]
        ancestors, parent = [], literal.parent
        while parent is not None:
            ancestors.append(parent)
            parent = parent.parent
        section = next((node for node in ancestors if isinstance(node, nodes.section)), None)
        if (
            len(urls) != 1
            or (id(section), text) in seen
            or any(isinstance(node, (nodes.reference, nodes.title)) for node in ancestors)
        ):
            return
        seen.add((id(section), text))
        reference = nodes.reference("", "", refuri=root + urls[0], internal=True, classes=["class"])
        literal.replace_self(reference)
        reference += literal


def without_sphinx_search(app):
    app.builder.search = False  # Pagefind's is in its place: it finds Korean words with their endings, too.


def setup(app):
    app.add_transform(Anchors)
    app.add_transform(Links)
    app.connect("builder-inited", without_sphinx_search)
    if korean:
        app.add_message_catalog("sphinx", catalog())
