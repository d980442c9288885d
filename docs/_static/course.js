// A box that scrolls can be reached with the keyboard.
function reachable() {
  for (const box of document.querySelectorAll(".bd-article table, .bd-article pre, mjx-container, .output, .cell_output > div")) {
    if (box.scrollWidth > box.clientWidth + 1) box.setAttribute("tabindex", "0");
  }
}
// A formula that is a little too wide is made a little smaller, by a third at most; beyond that it scrolls.
function fitting() {
  for (const box of document.querySelectorAll('mjx-container[display="true"]')) {
    box.style.fontSize = "";
    const whole = parseFloat(getComputedStyle(box).fontSize);
    const share = box.clientWidth / box.scrollWidth;
    if (share < 1) box.style.fontSize = `${Math.max(share * 0.99, 0.67) * whole}px`;
  }
}

async function arrange() {
  await window.MathJax?.startup?.promise;
  fitting();
  reachable();
}
window.addEventListener("load", arrange);
window.addEventListener("resize", arrange);

// The theme's arrows beside a part of the list of pages have no name.
window.addEventListener("DOMContentLoaded", () => {
  for (const arrow of document.querySelectorAll(".bd-sidenav summary")) {
    const part = arrow.closest("li")?.querySelector("a")?.textContent.trim();
    arrow.setAttribute("aria-label", `Pages of ${part}`);
  }
});
