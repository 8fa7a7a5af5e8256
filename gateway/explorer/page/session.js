// The token of this tab's session, for every page of the gateway: asked for, kept until the tab is closed, sent along.
"use strict";

const KEPT_TOKEN = "time-entries.token";
const GRAPHQL = new URL("graphql", location).pathname; // beside the page, also behind a proxy that adds a path
const REFUSED = "The gateway did not accept this token: it is wrong, or was taken back. Please give another one.";
const SILENT = "The gateway did not answer. Is it still running? Please try again.";
const WHO = "viewer { role person { resourceId name } organization { resourceId name } }";

const element = (id) => document.getElementById(id);
let close = () => {};

/** Begin: `opened` shows the page to who has a token, `closed` takes away what it showed. */
function beginSession(opened, closed) {
  close = closed;
  const open = () => (sessionStorage.getItem(KEPT_TOKEN) ? opened() : askForToken(""));
  element("sign-in").addEventListener("submit", (event) => {
    event.preventDefault();
    const token = element("token").value.trim();
    if (!token) return;
    sessionStorage.setItem(KEPT_TOKEN, token);
    element("problem").textContent = "";
    open();
  });
  element("sign-out").addEventListener("click", () => signOut());
  window.addEventListener("hashchange", () => {
    if (takeTokenFromAddress()) open();
  });
  takeTokenFromAddress();
  open();
}

/** Take the token out of the address (#token=...), where neither history nor a passer-by shall find it. */
function takeTokenFromAddress() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token === null) return false;
  history.replaceState(null, "", location.pathname + location.search);
  sessionStorage.setItem(KEPT_TOKEN, token.trim());
  return true;
}

/** fetch with the token of this tab. A refused one is forgotten, and another asked for. */
async function fetchWithToken(address, options = {}) {
  const headers = new Headers(options.headers);
  headers.set("Authorization", `Bearer ${sessionStorage.getItem(KEPT_TOKEN) ?? ""}`);
  const response = await fetch(address, { ...options, headers, credentials: "omit" });
  if (response.status === 401) signOut(REFUSED);
  return response;
}

/** Return the data of a query that asks for the viewer, too, and `mirror`; null where another token was asked for. */
async function askAboutViewer(query) {
  let response, answer;
  try {
    response = await fetchWithToken(GRAPHQL, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ query }),
    });
    if (response.status === 401) return null;
    answer = await response.json();
  } catch {
    return askForToken(SILENT);
  }
  if (answer.data?.viewer) return { ...answer.data, mirror: answer.extensions?.mirror ?? null };
  return askForToken(answer.errors?.[0]?.message ?? `The gateway answered with status ${response.status}.`);
}

function signOut(problem = "") {
  sessionStorage.removeItem(KEPT_TOKEN);
  askForToken(problem);
}

function askForToken(problem) {
  close();
  element("content").hidden = true;
  element("sign-out").hidden = true;
  for (const id of ["organization", "viewer", "role"]) element(id).textContent = "";
  element("sign-in").hidden = false;
  element("problem").textContent = problem;
  element("token").value = "";
  element("token").focus();
  return null;
}

/** Say in the bar who asks, and make room for what the page shows. */
function welcome(viewer) {
  element("organization").textContent = viewer.organization.name;
  element("viewer").textContent = viewer.person.name;
  element("role").textContent = viewer.role[0] + viewer.role.slice(1).toLowerCase();
  element("sign-in").hidden = true;
  element("sign-out").hidden = false;
  element("content").hidden = false;
}
