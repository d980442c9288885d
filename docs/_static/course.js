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
    const formula = box.querySelector("svg");
    // Step by step, since a font's height, by which MathJax measures, may be rounded to whole pixels.
    for (let size = whole - 0.5; formula && formula.getBoundingClientRect().width > box.clientWidth; size -= 0.5) {
      if (size < 0.67 * whole) break;
      box.style.fontSize = `${size}px`;
    }
  }
}

// MathJax may come after everything else.
async function typeset() {
  for (let tries = 0; tries < 100 && document.querySelector(".math") && !window.MathJax?.startup?.promise; tries++) {
    await new Promise((go) => setTimeout(go, 100));
  }
  await window.MathJax?.startup?.promise;
}

async function arrange() {
  await typeset();
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
