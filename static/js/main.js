// The loader: imports the elements that stand on this page, and nothing else. Every page works without it.

const tags = ["theme-toggle", "lang-switch", "copy-button", "page-toc", "case-search", "ask-form", "feedback-form", "dead-peer", "net-stage", "byte-stage", "name-stage", "state-graph", "run-table", "race-panel", "queue-panel", "keys-switch"];

for (const tag of tags) {
  if (document.querySelector(tag)) import(`./elements/${tag}.js`);
}

// Nobody presses `/` in the first instant.
(window.requestIdleCallback ?? setTimeout)(() => import("./lib/slash.js"));
