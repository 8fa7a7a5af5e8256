// The lag of a mirror over a day, drawn as SVG. Minutes in which no mirror ran are shaded.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const MINUTE = 60_000; // milliseconds
const DAY = 1440; // minutes
// Tops of the scale, in seconds; the half of each is told as well.
const TICKS = [10, 20, 60, 120, 240, 600, 1200, 3600, 7200, 14_400, 28_800, 86_400, 172_800, 345_600];
const LEFT = 52;
const RIGHT = 10;
const TOP = 8;
const BOTTOM = 24;
const HEIGHT = 220; // as in mirror.css
const ONE_RUN = 2; // minutes between two looks of one mirror that goes on

function draw(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** Seconds in words: "45 s", "12 min", "3 h". */
function inWords(seconds) {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** Split what was noted each minute into runs of one mirror. */
function runsOf(lags) {
  const runs = [];
  for (const [minute, lag] of lags) {
    const last = runs.at(-1);
    if (last && minute - last.at(-1)[0] <= ONE_RUN) last.push([minute, lag]);
    else runs.push([[minute, lag]]);
  }
  return runs;
}

/** The minutes between runs, and from the last one until now. */
function silencesOf(runs, first, now) {
  const ends = runs.map((run) => [run[0][0], run.at(-1)[0]]);
  const between = ends.map(([, end], index) => [end, ends[index + 1]?.[0] ?? now]);
  return between.filter(([from, to]) => to - from > ONE_RUN).map(([from, to]) => [Math.max(from, first), to]);
}

/** Draw into a box as wide as it is; `most` is the lag, in milliseconds, that must not be passed. */
function plotLag(box, lags, most, now = Math.floor(Date.now() / MINUTE)) {
  const width = Math.max(box.clientWidth, 240);
  const first = now - DAY;
  const shown = lags.filter(([minute]) => minute >= first);
  const highest = Math.max(0, ...shown.map(([, lag]) => lag / 1000));
  const top = TICKS.find((tick) => tick >= highest) ?? 2 * Math.ceil(highest / 172_800) * 86_400;
  const x = (minute) => LEFT + ((minute - first) / DAY) * (width - LEFT - RIGHT);
  const y = (seconds) => TOP + (1 - seconds / top) * (HEIGHT - TOP - BOTTOM);
  const longest = `The longest lag of the last day was ${inWords(highest)}.`;
  const words = shown.length === 0 ? "No lag is known yet." : longest;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": words });
  for (const part of [0, 0.5, 1]) {
    const line = { class: "grid", x1: LEFT, x2: width - RIGHT, y1: y(top * part), y2: y(top * part) };
    svg.append(draw("line", line));
    svg.append(draw("text", { x: LEFT - 8, y: y(top * part) + 4, "text-anchor": "end" }, inWords(top * part)));
  }
  const runs = runsOf(shown);
  for (const [from, to] of silencesOf(runs, first, now)) {
    const area = { class: "silent", x: x(from), width: x(to) - x(from), y: TOP, height: HEIGHT - TOP - BOTTOM };
    svg.append(draw("rect", area));
  }
  drawHours(svg, x, first, now, width);
  for (const run of runs) {
    const points = run.map(([minute, lag]) => `${x(minute).toFixed(1)},${y(lag / 1000).toFixed(1)}`);
    svg.append(draw("path", { class: "line", d: `M${points.join("L")}${run.length === 1 ? "h1" : ""}` }));
  }
  const limit = most / 1000;
  const line = { class: "most", x1: LEFT, x2: width - RIGHT, y1: y(limit), y2: y(limit) };
  if (limit <= top) svg.append(draw("line", line));
  box.replaceChildren(svg);
  return { svg, words, minuteAt: (place) => Math.round(first + ((place - LEFT) / (width - LEFT - RIGHT)) * DAY), x };
}

/** Write the hours of this machine's clock below, as many as there is room for. */
function drawHours(svg, x, first, now, width) {
  const every = width < 560 ? 6 : 3;
  for (let minute = first; minute <= now; minute += 1) {
    const at = new Date(minute * MINUTE);
    if (at.getMinutes() !== 0 || at.getHours() % every !== 0) continue;
    const tick = { class: "grid", x1: x(minute), x2: x(minute), y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM + 4 };
    svg.append(draw("line", tick));
    const label = `${String(at.getHours()).padStart(2, "0")}:00`;
    svg.append(draw("text", { x: x(minute), y: HEIGHT - 6, "text-anchor": "middle" }, label));
  }
}
