"""Builds the site into target/pages: README, docs and what docs/README.md lists, and the Javadoc.

Called by .ci/pages, which has packaged the Javadoc and installed requirements.txt. Stages the Markdown in
target/pages-source, with links and pictures rewritten for the site, lets Sphinx make pages of it, once for
each language, adds the Javadoc under api/ and the index of the search, and follows every link inside.
"""

import argparse
import html
import json
import os
import posixpath
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "target/pages-source"
OUT = ROOT / "target/pages"
REFERENCE = ("optimizers.html", "keras3.html", "schedules.html")
REPOSITORY = "https://github.com/keras4j/keras-optimizers"
CAPTIONS = {"Begin": "시작하기", "Look up": "찾아보기", "Look inside": "내부 살펴보기"}


def fail(message):
    sys.exit(f"pages: {message}")


# Which pages there are, and in which order they are listed.


def find_pages():
    """The name on the site of every page, by language and path in the repository."""
    english = {"README.md": "index"}
    listed = links_of_the_list()
    for path in sorted(ROOT.glob("docs/*.md")):
        english[f"docs/{path.name}"] = "pages" if path.name == "README.md" else path.stem.lower()
    for path in listed:
        english.setdefault(path, Path(path).stem.lower())
    unlisted = set(english) - set(listed) - {"README.md", "docs/README.md"}
    if unlisted:
        fail(f"not listed in docs/README.md: {', '.join(sorted(unlisted))}")
    korean = {
        f"docs/ko/{path.name}": "index" if path.name == "README.md" else path.stem.lower()
        for path in sorted(ROOT.glob("docs/ko/*.md"))
    }
    return {"en": english, "ko": korean}


def list_of_pages():
    """The captions of docs/README.md, each with the pages that its items name."""
    groups = [("", [])]
    for line in (ROOT / "docs/README.md").read_text().splitlines():
        if caption := re.fullmatch(r"(?:\*\*|##+ )(.+?)(?:\*\*)?", line):
            groups.append((caption[1], []))
        elif line.startswith("- ["):
            for title, link in re.findall(r"\[([^\]]+)\]\(([^)#\s]+\.md)\)", line):
                if not link.startswith("ko/"):
                    groups[-1][1].append((title[0].upper() + title[1:], posixpath.normpath(f"docs/{link}")))
    return [group for group in groups if group[1]]


def links_of_the_list():
    return [path for _, entries in list_of_pages() for _, path in entries]


def navigation(pages, language, artifacts):
    """What the sidebar lists: captions with (title, URL from the root of the site, is it English)."""
    groups = []
    for caption, entries in list_of_pages():
        group = []
        for title, path in entries:
            if path not in pages["en"]:
                continue
            name = pages["en"][path]
            korean = f"docs/ko/{Path(path).name}"
            if language == "ko" and korean in pages["ko"]:
                group.append((title_of(korean), f"ko/{pages['ko'][korean]}.html", False))
            else:
                group.append((title, f"{name}.html", language == "ko"))
        groups.append((caption, group))
    groups.append(("API", [(name, f"api/{name}/index.html", False) for name in artifacts]))
    if language == "ko":
        groups = [(CAPTIONS.get(caption, caption), group) for caption, group in groups]
    return groups


def title_of(path):
    return re.search(r"^# (.+)$", without_links_in_title((ROOT / path).read_text()), re.MULTILINE)[1]


# The Markdown, with the links and pictures of the site.

CODE = re.compile(r"^([ \t]*)(`{3,})[^\n]*\n.*?^\1\2`*[ \t]*$|(?<!`)(`+)(?!`).+?(?<!`)\3(?!`)", re.M | re.S)
PICTURE = re.compile(r"<picture>.*?</picture>", re.S)
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)|<img\s[^>]*>")
LINK = re.compile(r"\]\(([^)\s]+)\)|(?<=href=\")([^\"]+)(?=\")")
BADGES = re.compile(r"^(?:\[!\[[^\]]*\]\(https?:[^)]*\)\]\([^)]*\)\s*)+$", re.M)


def without_links_in_title(text):
    """The heading of a page without the links to its other language that stand in it."""
    return re.sub(r"^(# .+?)(?: · \[[^\]]*\]\([^)]*\))+$", r"\1", text, count=1, flags=re.M)


def stage(pages, language):
    folder = SOURCE / language
    folder.mkdir(parents=True)
    for path, name in pages[language].items():
        text = without_links_in_title((ROOT / path).read_text())
        text = re.sub(r"\A(?:<!--.*?-->\s*)+", "", text, flags=re.S)
        if name == "index":
            text = BADGES.sub("", text)
        (folder / f"{name}.md").write_text(rewritten(text, path, pages, language))
    # Orders the pages, for the links to the previous and the next one.
    names = [pages["en"][path] for path in links_of_the_list() if path in pages["en"]]
    names = [name for name in ["pages", *names] if (folder / f"{name}.md").exists()]
    names += sorted(set(pages[language].values()) - set(names) - {"index"})
    with (folder / "index.md").open("a") as index:
        index.write("\n```{toctree}\n:hidden:\n" + "\n".join(names) + "\n```\n")


def rewritten(text, path, pages, language):
    """The text of a page, all of it but its code rewritten."""
    text = outside_code(text, lambda part: PICTURE.sub(lambda match: picture(match[0], path, language), part))
    text = outside_code(text, lambda part: IMAGE.sub(lambda match: image(match, path, language), part))
    return outside_code(
        text,
        lambda part: LINK.sub(
            lambda match: f"]({target(match[1], path, pages, language)})"
            if match[1]
            else target(match[2], path, pages, language),
            part,
        ),
    )


def outside_code(text, rewrite):
    parts, end = [], 0
    for code in CODE.finditer(text):
        parts += [rewrite(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join(parts) + rewrite(text[end:])


def is_elsewhere(link):
    return link.startswith("#") or re.match(r"[a-z]+:", link) is not None


def resolved(link, path):
    """The path in the repository to which a link of a page leads."""
    found = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(link)))
    if not (ROOT / found).exists():
        fail(f"{path}: no {link}")
    return found


def target(link, path, pages, language):
    """A page of the same language by its name, anything else as site:URL or repository:path, for conf.py."""
    if is_elsewhere(link):
        return link
    file, _, anchor = link.partition("#")
    found = resolved(file, path)
    anchor = anchor and f"#{anchor}"
    if found in pages[language]:
        return f"{pages[language][found]}.md{anchor}"
    for other, folder in ("en", ""), ("ko", "ko/"):
        if found in pages[other]:
            return f"site:{folder}{pages[other][found]}.html{anchor}"
    if found.startswith("docs/images/"):
        return f"site:images/{posixpath.basename(found)}"
    return f"repository:{found}{anchor}"


def image(match, path, language):
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', match[0])) if match[2] is None else {
        "alt": html.escape(match[1]),
        "src": match[2],
    }
    if "class" in attributes or is_elsewhere(attributes["src"]):
        return match[0]
    return images(attributes, resolved(attributes["src"], path), None, language)


def picture(text, path, language):
    attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', re.search(r"<img\s[^>]*>", text)[0]))
    light, dark = attributes["src"], None
    for source in re.findall(r"<source\s[^>]*>", text):
        if "dark" in source:
            dark = re.search(r'srcset="([^"\s]+)', source)[1]
    return images(attributes, resolved(light, path), dark and resolved(dark, path), language)


def images(attributes, light, dark, language):
    """An element for a picture, or one for each mode where they differ, for the switch of the site."""
    svg = (ROOT / light).read_text() if light.endswith(".svg") else ""
    if dark is None and "prefers-color-scheme" in svg:
        names = [(mode, in_mode(light, svg, mode)) for mode in ("light", "dark")]
    else:
        names = [("light", copied(light)), ("dark", copied(dark or light))]
    if names[0][1] == names[1][1]:
        return element(attributes, light, names[0][1], None, language)
    return "".join(
        element(attributes, light, name, f"only-{mode}", language) for mode, name in names
    )


def element(attributes, path, name, style, language):
    width, height = size(ROOT / path)
    attributes = {"width": width, "height": height, "loading": "lazy", **attributes}
    attributes["src"] = ("../" if language == "ko" else "") + f"images/{name}"
    if style:
        attributes["class"] = style
    return "<img " + " ".join(f'{name}="{value}"' for name, value in attributes.items()) + ">"


def copied(path):
    name = posixpath.basename(path)
    (OUT / "images").mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / path, OUT / "images" / name)
    return name


def in_mode(path, svg, mode):
    """A copy of a picture that follows the mode of the system, for one mode."""
    name = f"{Path(path).stem}.{mode}.svg"
    text = re.sub(
        r"\(\s*prefers-color-scheme\s*:\s*(\w+)\s*\)",
        lambda match: "(min-width: 0px)" if match[1] == mode else "(max-width: 0px)",
        svg,
    )
    (OUT / "images").mkdir(parents=True, exist_ok=True)
    (OUT / "images" / name).write_text(text)
    return name


def size(path):
    """Width and height of a PNG or SVG in pixels."""
    if path.suffix == ".png":
        return struct.unpack(">II", path.read_bytes()[16:24])
    box = re.search(r'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', path.read_text())
    if box is None:
        fail(f"{path}: no viewBox")
    return round(float(box[1])), round(float(box[2]))


# The Javadoc.


def modules():
    """The folder of every module that has Javadoc, by the name of its artifact."""
    version = re.search(r"<version>(.*)</version>", (ROOT / "pom.xml").read_text())[1]
    folders = [ROOT, *sorted(path.parents[1] for path in ROOT.glob("src/integrations/*/src/main"))]
    found = {}
    for folder in folders:
        name = re.search(
            r"<artifactId>(keras-optimizers(?:-\w+)?)</artifactId>\s*(?:<version>|<name>|\n\s*\n)",
            re.sub(r"<parent>.*?</parent>", "", (folder / "pom.xml").read_text(), flags=re.S),
        )[1]
        found[name] = folder, folder / f"target/{name}-{version}-javadoc.jar"
    return version, found


def javadoc(artifacts, commit):
    """Unpacks the Javadoc under api/, in the site's colors and with links to the sources.

    Returns the URL of each class and package by its source, and of each class and member by its simple name.
    """
    sources, names = {}, {}
    for artifact, (folder, jar) in artifacts.items():
        out = OUT / "api" / artifact
        with zipfile.ZipFile(jar) as archive:
            archive.extractall(out)
        shutil.rmtree(out / "META-INF")
        for sheet in out.rglob("stylesheet.css"):
            # Its fonts are not in the jar of JDK 17.
            sheet.write_text(re.sub(r"@import url\([^)]*fonts/[^)]*\);", "", sheet.read_text()))
        for page in sorted(out.rglob("*.html")):
            text = page.read_text()
            root = posixpath.relpath(".", page.parent.relative_to(OUT).as_posix())
            url = page.relative_to(OUT).as_posix()
            if 'class="class-declaration-page"' in text:
                path = source_of(url, folder, f"{page.stem.split('.')[0]}.java")
                text = with_source(text, f"{REPOSITORY}/blob/{commit}/{path}")
                if "." not in page.stem:
                    text = found_by_the_search(text)
                    sources[path] = url
                name(names, text, page.stem, url)
            elif 'class="package-declaration-page"' in text:
                sources[source_of(url, folder, "package-info.java")] = url
            page.write_text(in_the_site(text, root))
    return sources, names


def source_of(url, folder, file):
    """The path of the source of a page of Javadoc, in the package that ends the folders of its URL."""
    package = re.search(r"(?<=/)(?:[a-z0-9]+/)+(?=[^/]+$)", url)[0]
    source = folder / "src/main/java" / package / file
    if not source.is_file():
        fail(f"{url}: no {source}")
    return source.relative_to(ROOT).as_posix()


def name(names, text, simple, url):
    names.setdefault(simple, []).append(url)
    members = {}
    for anchor in re.findall(r'<section class="detail" id="([^"]+)">', text):
        members.setdefault(anchor.partition("(")[0], []).append(anchor)
    for member, anchors in members.items():
        url_of_member = url + (f"#{anchors[0]}" if len(anchors) == 1 else "")
        names.setdefault(f"{simple}.{member}", []).append(html.unescape(url_of_member))


def with_source(text, url):
    return re.sub(
        r'(<h1 [^>]*class="title"[^>]*>)(.*?)(</h1>)',
        rf'\1<span data-pagefind-meta="title">\2</span> <a class="source" href="{url}">Source</a>\3',
        text,
        count=1,
    )


def found_by_the_search(text):
    """A class with its description counts less than the pages that tell how to use it."""
    return text.replace(
        '<section class="class-description"',
        '<section data-pagefind-body data-pagefind-weight="0.1" class="class-description"',
        1,
    )


def in_the_site(text, root):
    text = re.sub(r"<html lang(?:=\"\")?>", '<html lang="en">', text, count=1)
    text = text.replace(
        "</head>",
        f'<link rel="icon" href="{root}/_static/icon.svg" type="image/svg+xml">\n'
        f'<script src="{root}/_static/javadoc.js"></script>\n'
        f'<link rel="stylesheet" href="{root}/_static/javadoc.css">\n</head>',
        1,
    )
    return re.sub(
        r'(<ul id="navbar[-.]top[-.]firstrow"[^>]*>)',
        rf'\1\n<li><a href="{root}/index.html">Documentation</a></li>',
        text,
        count=1,
    )


# The whole.


def run(*command, **environment):
    result = subprocess.run(
        command, env={**os.environ, **environment}, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if result.returncode != 0:
        fail(f"{' '.join(map(str, command[:4]))} ... failed\n{result.stdout}")


def sphinx(language, out, facts):
    file = SOURCE / f"{language}.json"
    file.write_text(json.dumps(facts))
    run(
        sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html",
        "-c", ROOT / ".ci/site", "-d", SOURCE / f"{language}-doctrees", SOURCE / language, out,
        SITE=str(file),
    )  # fmt: skip
    for file in [".buildinfo", "objects.inv", "_sources"]:
        shutil.rmtree(out / file) if (out / file).is_dir() else (out / file).unlink(missing_ok=True)
    for file in [*out.glob("_static/**/*.map"), *out.glob("_static/*.html")]:
        file.unlink()


def index():
    """What the search reads. Pagefind finds sections by the anchors of headings; Sphinx has them around these."""
    copy = SOURCE / "index"
    for page in OUT.rglob("*.html"):
        text = re.sub(
            r'(<section) id="([^"]*)"([^>]*>\s*(?:<span id="[^"]*"></span>\s*)*<h\d)>', r'\1\3 id="\2">', page.read_text()
        )
        if page.name in REFERENCE:
            # Found before the pages that only mention a name.
            text = text.replace("data-pagefind-body", 'data-pagefind-body data-pagefind-weight="3"', 1)
        to = copy / page.relative_to(OUT)
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_text(text)
    run(
        sys.executable, "-m", "pagefind", "--quiet", "--site", copy, "--output-path", OUT / "pagefind",
        "--exclude-selectors", ".headerlink",
    )  # fmt: skip


def check_links():
    """Every link inside the site, of pages and Javadoc, leads to a file and an anchor that exist."""
    hrefs, anchors = {}, {}
    for page in OUT.rglob("*.html"):
        soup = BeautifulSoup(page.read_text(), "html.parser")
        url = page.relative_to(OUT).as_posix()
        anchors[url] = {element["id"] for element in soup.select("[id]")}
        hrefs[url] = {
            element.get("href") or element.get("src")
            for element in soup.select("a[href], link[href], script[src], img[src]")
        }
    dead = []
    for url, links in hrefs.items():
        for link in links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            path = posixpath.normpath(posixpath.join(posixpath.dirname(url), unquote(parts.path)))
            path = path if parts.path else url
            anchor = unquote(parts.fragment)
            if not (OUT / path).is_file() or (anchor and anchor not in anchors.get(path, {anchor})):
                dead.append(f"{url}: {link}")
    if dead:
        fail("dead links:\n" + "\n".join(sorted(dead)))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--released", help="the newest release, when these are the pages of main next to it")
    released = parser.parse_args().released
    shutil.rmtree(SOURCE, ignore_errors=True)
    shutil.rmtree(OUT, ignore_errors=True)
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=ROOT, text=True).strip()
    version, artifacts = modules()
    sources, names = javadoc(artifacts, commit)
    pages = find_pages()
    for language, folder in ("en", ""), ("ko", "ko"):
        stage(pages, language)
        sphinx(language, OUT / folder, {
            "language": language,
            "repository": REPOSITORY,
            "commit": commit,
            "version": version,
            "released": released,
            "paths": {name: path for path, name in pages[language].items()},
            "others": list(pages["ko" if language == "en" else "en"].values()),
            "navigation": navigation(pages, language, artifacts),
            "sources": sources,
            "names": names,
        })  # fmt: skip
    index()
    check_links()
    print(f"{len(list(OUT.rglob('*.html')))} pages in {OUT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
