// The HTML validator: what it holds a page to.

import { HtmlValidate, Rule } from "html-validate";

/** `<div>` in a `<dl>` holds one group: terms, then their descriptions. The validator's own tables do not know this. */
class DlGroup extends Rule {
  setup() {
    this.on("dom:ready", ({ document }) => {
      for (const group of document.querySelectorAll("dl > div")) {
        const names = group.childElements.map((child) => child.tagName).join(" ");
        if (!/^(dt )+dd( dd)*$/.test(names)) this.report({ node: group, message: `<div> in <dl> is dt+ dd+, this is ${names}` });
      }
    });
  }
}

const validator = new HtmlValidate({
  root: true,
  extends: ["html-validate:recommended"],
  plugins: [{ name: "ours", rules: { "dl-group": DlGroup } }],
  rules: {
    "dl-group": "error",
    // Style, not validity: the standard allows both ways.
    "doctype-style": "off",
    "long-title": "off",
    "no-trailing-whitespace": "off",
    // A button in a form submits it, which is what ours are for.
    "no-implicit-button-type": "off",
    // ARIA allows a name on a list.
    "aria-label-misuse": ["error", { allowAnyNamable: true }],
    // The link in the <template> of a hit gets its words when it is filled in; axe looks at the filled one.
    "wcag/h30": "off",
    // The header's box is a form of one field: Enter sends it, also without JavaScript.
    "wcag/h32": "off",
  },
});

/**
 * What is wrong with a page, one line each.
 * @param {string} html
 * @param {string} name
 * @returns {Promise<string[]>}
 */
export async function faults(html, name) {
  const { results } = await validator.validateString(html, name);
  return results.flatMap((result) => result.messages).map((it) => `${name}:${it.line}:${it.column}: ${it.message} (${it.ruleId})`);
}
