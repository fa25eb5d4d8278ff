// What stands beside the text and stays in sight says nothing about the place that is being read.

/** @param {Element} heading */
export function stays(heading) {
  const beside = heading.closest("aside");
  return beside !== null && getComputedStyle(beside).position === "sticky";
}
