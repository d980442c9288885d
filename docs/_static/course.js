// A box that scrolls can be reached with the keyboard.
function reachable() {
  for (const box of document.querySelectorAll(".bd-article table, .bd-article pre, mjx-container, .output, .cell_output > div")) {
    if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
  }
}
window.addEventListener("load", reachable);
window.addEventListener("resize", reachable);

// The theme's arrows beside a part of the list of pages have no name.
window.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll(".bd-sidenav summary")) {
    const part = arrow.closest("li")?.querySelector("a")?.textContent.trim();
    arrow.setAttribute("aria-label", `Pages of ${part}`);
  }
});
