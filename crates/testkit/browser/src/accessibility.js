// Finds what breaks the rules of WCAG 2.2 (A and AA) that a program can judge. Evaluates to a list of texts.
(() => {
  const findings = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const where = (element) => {
    const id = element.id ? `#${element.id}` : "";
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.tagName.toLowerCase()}${id} class="${element.getAttribute("class") || ""}"> ${text}`;
  };
  const report = (rule, element) => findings.push(`${rule}: ${element ? where(element) : "the document"}`);

  /** Whether a person can see it. What only screen readers get is no box of a visible size. */
  const isShown = (element) => {
    if (!element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) return false;
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.height > 1;
  };

  /** The name that assistive technology gets (a part of "Accessible Name and Description Computation 1.2"). */
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by) return by.split(/\s+/).map((id) => document.getElementById(id)?.textContent || "").join(" ").trim();
    const label = element.getAttribute("aria-label");
    if (label && label.trim()) return label.trim();
    if (element.labels && element.labels.length) return [...element.labels].map((each) => each.textContent).join(" ").trim();
    if (element.tagName === "IMG") return (element.getAttribute("alt") || "").trim();
    const parts = [];
    for (const node of element.childNodes) {
      if (node.nodeType === Node.TEXT_NODE) parts.push(node.textContent);
      else if (node.nodeType === Node.ELEMENT_NODE && node.getAttribute("aria-hidden") !== "true") parts.push(nameOf(node));
    }
    return parts.join("").trim();
  };

  // 3.1.1, 2.4.2: language and title.
  if (!/^[a-z]{2}/.test(document.documentElement.lang)) report("lang", null);
  if (!document.title.trim()) report("title", null);

  // 1.3.1, 2.4.1: landmarks, headings.
  if (all("main").length !== 1) report("one main", null);
  if (all("h1").filter(isShown).length !== 1) report("one h1", null);
  let level = 0;
  for (const heading of all("h1, h2, h3, h4, h5, h6")) {
    if (!isShown(heading)) continue;
    const own = Number(heading.tagName[1]);
    if (own > level + 1 && level > 0) report("heading order", heading);
    if (!nameOf(heading)) report("empty heading", heading);
    level = own;
  }
  const navigations = all("nav").map((each) => nameOf(each) && (each.getAttribute("aria-label") || each.getAttribute("aria-labelledby")));
  if (navigations.some((name) => !name) || new Set(navigations).size !== navigations.length) report("names of navigations", null);

  // 4.1.1, 1.3.1: ids and references.
  const ids = all("[id]").map((element) => element.id);
  for (const id of new Set(ids.filter((id, index) => ids.indexOf(id) !== index))) findings.push(`unique ids: ${id}`);
  for (const attribute of ["aria-labelledby", "aria-describedby", "aria-controls", "for"]) {
    for (const element of all(`[${attribute}]`)) {
      for (const id of element.getAttribute(attribute).split(/\s+/)) {
        if (!document.getElementById(id)) report(`${attribute} refers to ${id}`, element);
      }
    }
  }

  // 1.1.1, 4.1.2: names of images, controls and links.
  for (const image of all("img:not([alt])")) report("alt", image);
  for (const control of all("input:not([type=hidden]), select, textarea")) {
    if (!nameOf(control)) report("label", control);
    if (control.placeholder && !control.labels.length) report("placeholder as label", control);
  }
  for (const control of all("button, a[href], summary")) {
    if (control.checkVisibility() && !nameOf(control)) report("name", control);
    // 2.5.3: who speaks what they see reaches it.
    const label = control.getAttribute("aria-label");
    const seen = (control.innerText || "").trim().replace(/\s+/g, " ").toLowerCase();
    if (label && seen && isShown(control) && !label.toLowerCase().includes(seen) && !control.querySelector("svg, [aria-hidden]")) {
      report("label in name", control);
    }
  }
  for (const table of all("table")) {
    if (!table.caption || !table.querySelector("th[scope]")) report("heads of a table", table);
  }
  for (const list of all("ul, ol")) {
    if ([...list.children].some((child) => child.tagName !== "LI")) report("children of a list", list);
  }
  for (const wrong of all("[aria-invalid=true]:not([aria-describedby])")) report("error without text", wrong);

  // 1.4.3: contrast of text.
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const colour = (text) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [br, bg, bb]) => [r * a + br * (1 - a), g * a + bg * (1 - a), b * a + bb * (1 - a), 1];
  const background = (element) => {
    const layers = [];
    for (let each = element; each; each = each.parentElement) layers.push(colour(getComputedStyle(each).backgroundColor));
    const dark = matchMedia("(prefers-color-scheme: dark)").matches;
    return layers.reverse().reduce((below, layer) => over(layer, below), dark ? [18, 18, 18, 1] : [255, 255, 255, 1]);
  };
  const luminance = ([r, g, b]) => {
    const part = (value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const contrast = (one, other) => {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const judged = new Set();
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.textContent.trim() || judged.has(element) || !isShown(element)) continue;
    judged.add(element);
    const style = getComputedStyle(element);
    const below = background(element);
    const found = contrast(over(colour(style.color), below), below);
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (found < (isLarge ? 3 : 4.5)) report(`contrast ${found.toFixed(2)}`, element);
  }
  // 1.4.11: contrast of what marks a field.
  for (const field of all("input:not([type=hidden]), select, textarea").filter(isShown)) {
    const found = contrast(colour(getComputedStyle(field).borderTopColor), background(field.parentElement));
    if (found < 3) report(`contrast of an edge ${found.toFixed(2)}`, field);
  }

  // 2.1.1, 2.4.7, 2.5.8: the keyboard and the pointer.
  // While a modal dialog is open, nothing else can be reached.
  const reachable = document.querySelector("dialog:modal") || document;
  const targets = all("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]", reachable).filter(isShown);
  for (const target of targets) {
    // A menu closes when the focus is elsewhere.
    if (!isShown(target)) continue;
    if (target.tabIndex > 0) report("order of the focus", target);
    if (target.matches("[tabindex='-1']") || target.disabled) continue;
    // Who has the focus already may have got it by a pointer, which shows nothing.
    target.blur();
    target.focus({ preventScroll: true, focusVisible: true });
    if (document.activeElement !== target) { report("can't get the focus", target); continue; }
    const style = getComputedStyle(target);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) report("focus is not visible", target);
    target.blur();
    const box = target.getBoundingClientRect();
    const isInText = getComputedStyle(target).display === "inline";
    if (!isInText && (box.width < 24 || box.height < 24)) report(`target of ${Math.round(box.width)}x${Math.round(box.height)}`, target);
  }
  // 2.1.1: what scrolls can be reached by keyboard.
  for (const element of all("body *").filter(isShown)) {
    const scrolls = /auto|scroll/.test(getComputedStyle(element).overflowY + getComputedStyle(element).overflowX);
    const overflows = element.scrollHeight > element.clientHeight + 1 || element.scrollWidth > element.clientWidth + 1;
    if (scrolls && overflows && element.tabIndex < 0 && !element.querySelector("a[href], button, input, select")) report("scrolls without focus", element);
  }
  // 1.4.10: no scrolling in two directions.
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) {
    const wide = all("body *").filter((element) => isShown(element) && element.getBoundingClientRect().right > page.clientWidth + 1);
    report(`scrolls sideways by ${page.scrollWidth - page.clientWidth}`, wide[wide.length - 1] || null);
  }
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  scrollTo(0, 0);
  return findings;
})()
