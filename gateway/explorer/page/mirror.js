// How the mirror stands: asks the gateway every few seconds while somebody looks, and shows what it answers.
"use strict";

const STATUS = new URL("mirror/status", location).pathname;
const EVERY = 5000; // milliseconds
const WHO_ASKS = `query WhoAsks { ${WHO} }`;
const ADMINS_ONLY = "How the mirror stands is shown to admins. Please give an admin's token.";
const NUMBER = new Intl.NumberFormat("en");
const MONTH = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const CLOCK = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

let looking = null; // the timer of the next look
let latest = null; // what was answered last
let drawn = null; // the plot of it

const say = (id, text) => (element(id).textContent = text);
const count = (number, one, many = `${one}s`) => `${NUMBER.format(number)} ${number === 1 ? one : many}`;
const ago = (moment) => (moment ? `${inWords(Math.max(0, (Date.now() - Date.parse(moment)) / 1000))} ago` : "never");

async function open() {
  const found = await askAboutViewer(WHO_ASKS);
  if (!found) return;
  if (found.viewer.role !== "ADMIN") return askForToken(ADMINS_ONLY);
  welcome(found.viewer);
  await look();
}

function stop() {
  clearTimeout(looking);
  looking = null;
}

/** Ask once, and again in a while; where nothing is answered what is shown is marked as old. */
async function look() {
  stop();
  try {
    const response = await fetchWithToken(STATUS);
    if (response.status === 401) return;
    const answer = await response.json();
    if (response.ok) show((latest = answer));
    else headline("bad", answer.errors[0].message, "");
  } catch {
    headline("bad", SILENT, latest ? "Below is what it answered last." : "");
  }
  if (!document.hidden) looking = setTimeout(look, EVERY);
}

function show(mirror) {
  headline(...judge(mirror));
  say("account", `${mirror.account}${mirror.holder ? `, read by ${mirror.holder}` : ""}`);
  say("lag", mirror.lagMs === null ? "–" : inWords(mirror.lagMs / 1000));
  say("about-lag", mirror.syncedTo ? `Equal to the account as of ${MOMENT.format(new Date(mirror.syncedTo))}.` : "");
  showReach(mirror);
  showSweeps(mirror);
  element("budget").replaceChildren(...mirror.budget.map(windowOf));
  showPlot(mirror);
  showTroubles(mirror);
  fill("months", mirror.months, (month) => [
    MONTH.format(new Date(month.month)),
    NUMBER.format(month.entries),
    month.loadedAt ? ago(month.loadedAt) : "is being loaded",
    ago(month.sweptAt),
    NUMBER.format(month.differences),
  ]);
  const before = mirror.monthCount - mirror.months.length;
  say("months-before", before > 0 ? `The latest of ${NUMBER.format(mirror.monthCount)} months are shown.` : "");
  fill("types", mirror.types, (read) => [read.type.replaceAll("_", " "), NUMBER.format(read.records), ago(read.readAt)]);
}

/** Say in a sentence how it stands: how bad, what, and why. */
function judge(mirror) {
  const why = mirror.problem ?? "";
  const pause = mirror.pausedUntil && Date.parse(mirror.pausedUntil) > Date.now();
  const paused = pause ? `The account has asked to wait until ${CLOCK.format(new Date(mirror.pausedUntil))}.` : "";
  if (mirror.lagMs === null || mirror.reachesBackTo === null) {
    return [why ? "bad" : "doubtful", "The first month is being loaded", why || paused];
  }
  if (mirror.lagMs > mirror.mostLagMs) {
    const reason = why || paused || "No mirror seems to run: start gateway mirror.";
    return ["bad", `${inWords(mirror.lagMs / 1000)} behind the account`, reason];
  }
  if (why) return ["doubtful", "Equal to the account, with a problem", why];
  if (!mirror.complete) {
    return ["doubtful", "Equal to the account as far as it reaches", paused || "Older months are being loaded."];
  }
  const left = mirror.troubleCount + mirror.waiting;
  if (left) return ["doubtful", "Equal to the account, but for what is broken", paused];
  return ["good", "Equal to the account", paused];
}

function headline(grade, state, explanation) {
  element("headline").className = `headline ${grade}`;
  if (element("state").textContent !== state) say("state", state); // it is read aloud when it changes
  say("explanation", explanation);
}

function showReach(mirror) {
  say("reach", mirror.reachesBackTo ? MONTH.format(new Date(mirror.reachesBackTo)) : "–");
  const loaded = mirror.loadedEntries;
  const all = mirror.entries === null ? "" : ` of ${NUMBER.format(mirror.entries)}`;
  const whole = `All of it: ${count(loaded, "entry", "entries")}.`;
  say("about-reach", mirror.complete ? whole : `${NUMBER.format(loaded)}${all} entries so far.`);
}

function showSweeps(mirror) {
  const latest = [mirror.sweptAt, mirror.sweptAllAt].filter(Boolean).sort().at(-1);
  say("swept", ago(latest));
  const whole = mirror.sweptAllAt ? `All of it ${ago(mirror.sweptAllAt)}.` : "Never all of it yet.";
  say("about-swept", `${whole} ${count(mirror.sweptTotal, "difference")} found so far.`);
}

/** A bar of one window: the mirror's requests, people's, and where the mirror has to stop. */
function windowOf({ requests, seconds, mirror, people, mostOfMirror }) {
  const box = document.createElement("div");
  box.className = "window";
  box.textContent = `${NUMBER.format(mirror + people)} of ${NUMBER.format(requests)} in ${inWords(seconds)}`;
  const label = `${count(mirror, "request")} of the mirror, ${NUMBER.format(people)} of people`;
  const svg = draw("svg", { viewBox: "0 0 100 8", preserveAspectRatio: "none", role: "img", "aria-label": label });
  const part = (used) => Math.min(100, (used / requests) * 100);
  const line = part(mostOfMirror);
  svg.append(
    draw("rect", { class: "all", width: 100, height: 8 }),
    draw("rect", { class: "of-mirror", width: part(mirror), height: 8 }),
    draw("rect", { class: "of-people", x: part(mirror), width: Math.min(part(people), 100 - part(mirror)), height: 8 }),
    draw("line", { class: "share", x1: line, x2: line, y1: 0, y2: 8, "vector-effect": "non-scaling-stroke" }),
    draw("title", {}, `${label}; the mirror stops at ${NUMBER.format(mostOfMirror)}.`),
  );
  box.append(svg);
  return box;
}

function showPlot(mirror) {
  drawn = plotLag(element("plot"), mirror.lags, mirror.mostLagMs);
  say("under-plot", drawn.words);
  drawn.svg.addEventListener("pointermove", pointAt);
  drawn.svg.addEventListener("pointerleave", () => {
    drawn.svg.querySelector(".here")?.remove();
    say("under-plot", drawn.words);
  });
}

/** Say the lag of the minute under the pointer. */
function pointAt(event) {
  const scale = drawn.svg.viewBox.baseVal.width / drawn.svg.clientWidth;
  const minute = drawn.minuteAt(event.offsetX * scale);
  const found = latest.lags.find(([known]) => known === minute);
  drawn.svg.querySelector(".here")?.remove();
  const place = { class: "here", x1: drawn.x(minute), x2: drawn.x(minute), y1: TOP, y2: HEIGHT - BOTTOM };
  drawn.svg.append(draw("line", place));
  const lag = found ? `${inWords(found[1] / 1000)} behind` : "no mirror was heard of";
  say("under-plot", `${CLOCK.format(new Date(minute * MINUTE))}: ${lag}`);
}

function showTroubles(mirror) {
  const waits = count(mirror.waiting, "record waits for what it points to", "records wait for what they point to");
  const waiting = mirror.waiting ? `${waits}.` : "";
  const more = mirror.troubleCount - mirror.troubles.length;
  element("broken").hidden = mirror.troubles.length === 0;
  const clipped = more > 0 ? `The oldest of ${NUMBER.format(mirror.troubleCount)} are shown.` : "";
  const words = [waiting, clipped].filter(Boolean).join(" ");
  element("nothing-broken").hidden = mirror.troubles.length > 0 && !words;
  say("nothing-broken", words || "Nothing: all that was asked for could be read.");
  element("lacking").hidden = mirror.lacking.length === 0;
  element("lacking").replaceChildren(
    ...mirror.lacking.map((line) => {
      const item = document.createElement("li");
      item.textContent = line.replaceAll("_", " ");
      return item;
    }),
  );
  fill("troubles", mirror.troubles, (trouble) => [
    trouble.what,
    trouble.sentence,
    NUMBER.format(trouble.tries),
    ago(trouble.since),
    trouble.skipped ? "skipped" : CLOCK.format(new Date(trouble.nextTryAt)),
  ]);
}

/** Fill a table; columns of numbers are those that its head says. */
function fill(id, records, cellsOf) {
  const body = element(id);
  const heads = [...body.parentElement.tHead.rows[0].cells];
  body.replaceChildren(
    ...records.map((record) => {
      const row = document.createElement("tr");
      cellsOf(record).forEach((text, index) => {
        const cell = row.insertCell();
        cell.textContent = text;
        cell.className = heads[index].className;
        if (id === "months" && index === 4 && record.differences > 0) cell.classList.add("found");
      });
      return row;
    }),
  );
}

document.addEventListener("visibilitychange", () => {
  if (document.hidden) stop();
  else if (!element("content").hidden) look();
});
window.addEventListener("resize", () => {
  if (latest && !element("content").hidden) showPlot(latest);
});
beginSession(open, stop);
