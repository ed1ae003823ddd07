"use strict";
(function () {
  const data = JSON.parse(document.getElementById("all-predictions").textContent);
  const form = document.getElementById("filter");
  const body = document.querySelector("#predictions tbody");
  const count = document.getElementById("count");
  const more = document.getElementById("more");
  const step = 300;
  let order = data.rows.map((_, i) => i), sorted = -1, falling = false, shown = step;

  const value = (row, column) => {
    switch (column) {
      case 1: case 2: return data.classes[row[column]];
      case 3: return +row[3];
      case 4: return +row[4];
      case 5: return row[1] === row[2] ? 1 : 0;
    }
    return row[0];
  };
  const percent = p => (100 * p).toFixed(1) + " %";
  const address = row => row.length > 6 ? row[6]
    : data.base + row[0].split("/").map(encodeURIComponent).join("/");

  function cell(line, text, number) {
    const td = line.insertCell();
    td.textContent = text;
    if (number) td.className = "n";
    return td;
  }
  function link(td, text, href) {
    if (!href) { td.append(text); return; }
    const a = document.createElement("a");
    a.href = href;
    a.textContent = text;
    td.append(a);
  }
  function line(row) {
    const tr = document.createElement("tr"), right = row[1] === row[2], photo = cell(tr, "");
    if (row[5]) {
      const a = document.createElement("a");
      a.className = "mini i" + row[5];
      a.href = "#p" + row[5];
      a.setAttribute("aria-label", "open " + row[0]);
      photo.append(a);
    }
    link(cell(tr, ""), row[0], address(row));
    cell(tr, data.classes[row[1]]);
    cell(tr, data.classes[row[2]]);
    cell(tr, percent(row[3]), true);
    cell(tr, percent(row[4]), true);
    cell(tr, right ? "right" : "wrong").className = right ? "" : "wrong";
    return tr;
  }
  function fits(row) {
    const f = form.elements, right = row[1] === row[2];
    return (f.label.value === "" || row[1] === +f.label.value) &&
      (f.predicted.value === "" || row[2] === +f.predicted.value) &&
      (f.right.value === "" || right === (f.right.value === "right")) &&
      100 * row[3] >= +f.least.value && 100 * row[3] <= +f.most.value &&
      row[0].toLowerCase().includes(f.name.value.toLowerCase());
  }
  function draw() {
    const found = order.filter(i => fits(data.rows[i]));
    body.replaceChildren(...found.slice(0, shown).map(i => line(data.rows[i])));
    count.textContent = found.length + " of " + data.rows.length + " photos" +
      (found.length > shown ? ", the first " + shown + " shown" : "");
    more.hidden = found.length <= shown;
  }
  function sort(column, th) {
    falling = sorted === column && !falling;
    sorted = column;
    const way = falling ? -1 : 1;
    order.sort((a, b) => {
      const x = value(data.rows[a], column), y = value(data.rows[b], column);
      return x < y ? -way : x > y ? way : a - b;
    });
    document.querySelectorAll("#predictions th").forEach(one => one.removeAttribute("aria-sort"));
    th.setAttribute("aria-sort", falling ? "descending" : "ascending");
    draw();
  }
  document.querySelectorAll("#predictions th[data-column]").forEach(th => {
    const b = document.createElement("button");
    b.type = "button";
    b.textContent = th.textContent;
    b.addEventListener("click", () => sort(+th.dataset.column, th));
    th.replaceChildren(b);
  });
  let wait = 0;
  form.addEventListener("input", () => {
    clearTimeout(wait);
    wait = setTimeout(() => { shown = step; draw(); }, 120);
  });
  form.addEventListener("submit", e => e.preventDefault());
  form.addEventListener("reset", () => setTimeout(draw, 0));
  more.addEventListener("click", () => { shown += step; draw(); });
  form.hidden = false;

  addEventListener("keydown", e => {
    const open = document.querySelector(".large:target, .panel:target");
    if (!open) return;
    if (e.key === "Escape") location.hash = open.querySelector(".shut").hash;
    if (!open.classList.contains("large")) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    const all = by ? [...document.querySelectorAll(".large")] : [];
    const next = all[all.indexOf(open) + by];
    if (next) location.replace("#" + next.id);
  });
})();
