// The Javadoc follows the site's switch between light and dark.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => {
    const mode = localStorage.getItem("mode");
    document.documentElement.dataset.theme =
      mode === "dark" || mode === "light" ? mode : dark.matches ? "dark" : "light";
  };
  follow();
  dark.addEventListener("change", follow);
}
