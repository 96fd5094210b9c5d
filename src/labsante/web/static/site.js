// @ts-check
// The page is complete without this module. It adds two things for those who have scripts:
// a click on the map chooses the territory, and pointing at a territory shows its line.

/** @param {Element} shape @returns {string | null} */
function codeOf(shape) {
  return shape.getAttribute("data-code");
}

/** @param {Element} map */
function followClicks(map) {
  map.addEventListener("click", (event) => {
    const shape = event.target instanceof Element ? event.target.closest("[data-code]") : null;
    const code = shape && codeOf(shape);
    if (!code) return;
    const address = new URL(location.href);
    address.searchParams.set("territoire", code);
    location.assign(address);
  });
}

/** @param {boolean} on */
function light(on) {
  return (/** @type {Event} */ event) => {
    const shape = event.target instanceof Element ? event.target.closest("[data-code]") : null;
    const code = shape && codeOf(shape);
    if (!code) return;
    document.querySelectorAll(`tr[data-code="${CSS.escape(code)}"], svg [data-code="${CSS.escape(code)}"]`)
      .forEach((other) => other.classList.toggle("lit", on));
  };
}

document.querySelectorAll("[data-map]").forEach((map) => {
  followClicks(map);
});
document.querySelectorAll("[data-map], table").forEach((part) => {
  part.addEventListener("pointerover", light(true));
  part.addEventListener("pointerout", light(false));
});
