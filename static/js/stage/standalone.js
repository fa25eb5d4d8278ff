// A drawing alone, with its colours, for print and documents.

const SVG = "http://www.w3.org/2000/svg";

/** @param {Element} drawing @param {string} [moving]  what belongs to a moment and not to the run */
export function standalone(drawing, moving) {
  const svg = drawing.cloneNode(true);
  if (!(svg instanceof SVGElement)) return "";
  if (moving) svg.querySelectorAll(moving).forEach((part) => part.remove());
  svg.querySelectorAll(".future").forEach((part) => part.classList.remove("future"));
  const glyphs = document.querySelector(".glyphs defs")?.cloneNode(true);
  if (glyphs) svg.prepend(glyphs);
  const style = document.createElementNS(SVG, "style");
  style.textContent = drawingRules();
  svg.prepend(style);
  return new XMLSerializer().serializeToString(svg);
}

/** The rules that draw diagrams, with the values that tokens have in light. */
function drawingRules() {
  const root = getComputedStyle(document.documentElement);
  const rules = [];
  for (const sheet of document.styleSheets) {
    for (const rule of flat(sheet.cssRules)) {
      if (/(^|[\s,(])(svg|\.stage|\.lanes|\.s-|\.chart)/.test(rule.selectorText)) rules.push(rule.cssText);
    }
  }
  const used = new Set([...rules.join("\n").matchAll(/var\((--[\w-]+)/g)].map(([, name]) => name ?? ""));
  const values = [...used].map((name) => `${name}:${root.getPropertyValue(name)}`);
  return `:root{color-scheme:light;${values.join(";")}}\n${rules.join("\n")}`;
}

/** @param {CSSRuleList} rules @returns {CSSStyleRule[]} */
function flat(rules) {
  return [...rules].flatMap((rule) => {
    if (rule instanceof CSSStyleRule) return [rule];
    return rule instanceof CSSLayerBlockRule || rule instanceof CSSMediaRule ? flat(rule.cssRules) : [];
  });
}
