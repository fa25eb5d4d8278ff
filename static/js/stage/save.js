// What leaves the page: links, texts, files.

/** @param {Blob} blob @param {string} name */
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/**
 * A run as text, for a ticket or a mail.
 * @param {string} title @param {string} address @param {import("./scene.js").Scene} scene @param {string[]} sides  names of both ends
 */
export function asText(title, address, scene, sides) {
  const at = scene.end;
  const parts = sides.map((name, side) => `# ${name}\n$ tcpdump -nn\n${scene.shown("tcpdump", side, at)}\n$ ss -tinoa\n${scene.shown("ss", side, at)}`);
  return `${title}\n${address}\n\n${parts.join("\n\n")}`;
}
