// What is wrong with the layout of a page: texts that are cut, that overlap, or that nobody can read.
((width) => {
  const faults = [];
  for (const table of document.querySelectorAll("details")) table.open = true;
  const wide = document.documentElement.scrollWidth;
  if (wide > width) faults.push(`the page is ${wide} wide in a window of ${width}`);

  const told = (element) => element.textContent.trim().replace(/\s+/g, " ").slice(0, 60);
  const isShown = (element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1 && box.right > 0 && getComputedStyle(element).visibility != "hidden";
  };

  // Texts of the page, each as the lines that it is set in.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const lines = [];
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest("script, style, svg, .skip") || !isShown(parent)) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (box.width < 1) continue;
      lines.push({ box, parent, block: parent.closest("p, li, td, th, h1, h2, h3, caption, summary, pre") });
      // Only a table may be wider than the window: it scrolls in a region of its own.
      if ((box.left < -1 || box.right > width + 1) && !parent.closest(".scroll"))
        faults.push(`outside the window: ${told(parent)}`);
    }
  }
  for (const element of document.querySelectorAll("td, th, .scroll")) {
    if (width < 600 && isShown(element) && element.scrollWidth > element.clientWidth + 1)
      faults.push(`cut on a phone: ${told(element)}`);
  }

  // Texts of charts lie within their picture and not on each other.
  const labels = [];
  for (const label of document.querySelectorAll("figure svg text")) {
    if (!label.textContent.trim()) continue;
    const box = label.getBoundingClientRect(), picture = label.closest("figure").getBoundingClientRect();
    if (box.left < picture.left - 2 || box.right > picture.right + 2 || box.top < picture.top - 2 || box.bottom > picture.bottom + 2)
      faults.push(`outside its chart: ${told(label)}`);
    labels.push({ box, parent: label, block: label });
  }

  const texts = [...lines, ...labels].sort((one, other) => one.box.top - other.box.top);
  for (let at = 0; at < texts.length; at++) {
    const one = texts[at];
    for (let next = at + 1; next < texts.length && texts[next].box.top < one.box.bottom; next++) {
      const other = texts[next];
      if (one.block === other.block || one.block?.contains(other.block) || other.block?.contains(one.block)) continue;
      const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
      const down = Math.min(one.box.bottom, other.box.bottom) - Math.max(one.box.top, other.box.top);
      if (across > 2 && down > 3) faults.push(`overlap: ${told(one.parent)} | ${told(other.parent)}`);
    }
  }

  // Contrast of every text against what is behind it.
  const numbers = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = numbers(colour).map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const behind = (element) => {
    for (let of = element; of; of = of.parentElement) {
      const colour = getComputedStyle(of).backgroundColor;
      if (numbers(colour)[3] !== 0) return colour;
    }
    return "rgb(255, 255, 255)";
  };
  for (const { parent } of texts) {
    const style = getComputedStyle(parent);
    const pair = [luminance(parent.closest("svg") ? style.fill : style.color), luminance(behind(parent))].sort();
    const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
    if (contrast < 4.5) faults.push(`contrast ${contrast.toFixed(1)}: ${told(parent)}`);
  }
  return { faults: [...new Set(faults)].slice(0, 300), texts: texts.length, charts: document.querySelectorAll(".live svg").length };
})
