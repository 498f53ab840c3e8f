// The search of every page: asks Pagefind while one types, and lists pages with the sections that match.
const dialog = document.getElementById("pst-search-dialog");
const form = dialog.querySelector("form");
const input = dialog.querySelector("input");
const list = document.getElementById("search-results");
const nothing = document.getElementById("search-nothing");
const site = new URL(form.dataset.site, document.baseURI);
let pagefind;

async function loaded() {
  if (!pagefind) {
    pagefind = await import(new URL("pagefind/pagefind.js", site));
    await pagefind.options({ baseUrl: site.pathname, excerptLength: 24 });
  }
  return pagefind;
}

function link(className, url, title, excerpt) {
  const a = document.createElement("a");
  a.className = className;
  a.href = url;
  const strong = document.createElement("strong");
  strong.textContent = title;
  a.append(strong);
  if (excerpt) {
    const span = document.createElement("span");
    span.innerHTML = excerpt; // Pagefind has escaped it, and marked the words.
    a.append(span);
  }
  return a;
}

async function show() {
  const search = await (await loaded()).debouncedSearch(input.value, {}, 150);
  if (search === null) {
    return; // Another letter has been typed since.
  }
  const found = await Promise.all(search.results.slice(0, 12).map((result) => result.data()));
  list.replaceChildren(
    ...found.map((page) => {
      const item = document.createElement("li");
      const sections = page.sub_results.filter((section) => section.url !== page.url);
      item.append(
        link("page", page.url, page.meta.title, sections.length > 0 ? "" : page.excerpt),
        ...sections.slice(0, 3).map(({ url, title, excerpt }) => link("section", url, title, excerpt)),
      );
      return item;
    }),
  );
  nothing.hidden = input.value === "" || found.length > 0;
  list.dataset.query = input.value;
}

input.addEventListener("focus", loaded);
input.addEventListener("input", show);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  list.querySelector("a")?.click();
});
dialog.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const stops = [input, ...list.querySelectorAll("a")];
    stops[stops.indexOf(document.activeElement) + step]?.focus();
  }
});
// A click on a section of the page that is open only moves: the dialog must not cover it.
list.addEventListener("click", (event) => event.target.closest("a") && dialog.close());
