"""The names and texts of the demo data: plain, multi-line, HTML, several scripts, some that are hard on filters."""

FIRST_NAMES = (
    "Ana", "Marko", "Ivana", "Luka", "Željka", "Tomislav", "Đurđa", "Šime", "Petra", "Nikola", "Emily", "James",
    "Grace", "Noah", "Zoë", "Mateo", "Renée", "Björn", "Chloé", "Oliver", "Aisha", "Kenji", "Linh", "Omar",
    "Priya", "Sofía", "Łukasz", "Márta", "Ingrid", "Tariq",
)  # fmt: skip
LAST_NAMES = (
    "Horvat", "Kovačević", "Babić", "Župan", "Jurić", "Čović", "Perić", "Knežević", "Miller", "O'Connor", "Nguyen",
    "García", "Lindström", "Weiß", "Dubois", "Novák", "Tanaka", "Haddad", "Rossi", "Kowalska", "van Dijk",
    "Øster", "Smith-Jones", "Şahin", "Patel", "Brown", "Silva", "Fischer", "Larsen",
)  # fmt: skip
TITLES = ("Designer", "Developer", "Senior developer", "Copywriter", "Strategist", "Tester", "Producer", None)

ORGANIZATION_NAMES = ("Jadran Studio", "Hudson & Pine", "Nordlys Digital", "Río Grande Lab", "Ginkgo Works", "Karst")
SUBSIDIARY_NAMES = ("Head office", "Second office")
COMPANY_FIRST = (
    "Alder", "Bright", "Canal", "Dovetail", "Ember", "Fjord", "Granite", "Harbour", "Indigo", "Juniper", "Kestrel",
    "Lantern", "Marble", "Northgate", "Orchard", "Ćup", "Quarry", "Ribnjak", "Saffron", "Tamarisk", "Šuma",
)  # fmt: skip
COMPANY_SECOND = ("Foods", "Bank", "Museum", "Airlines", "Energy", "Publishing", "d.o.o.", "GmbH", "& Sons", "Health")
PROJECT_KINDS = (
    "website", "brand refresh", "mobile app", "annual report", "shop relaunch", "campaign", "intranet", "data portal",
    "packaging", "accessibility audit",
)  # fmt: skip
INTERNAL_KINDS = ("Studio operations", "Own website", "Learning", "Hiring", "Tools")
DEAL_PHASES = ("discovery", "delivery", "care & support")
SERVICES = ("Design", "Development", "Project management")  # of a client deal, by billing type
INTERNAL_SERVICES = ("Meetings", "Learning")
TASK_VERBS = ("Draft", "Build", "Review", "Fix", "Plan", "Test", "Translate", "Measure")
TASK_OBJECTS = (
    "the home page", "navigation", "checkout", "colour palette", "search", "payment errors", "the style guide",
    "e-mail templates", "loading times", "forms", "the map of Međimurje", "content model",
)  # fmt: skip

NOTES = (
    "Worked on the home page",
    "Daily stand-up",
    "Call with the client",
    "Code review\nTwo findings, both fixed",
    "Sketches for the landing page\n\n- hero\n- pricing\n- footer",
    "<p>Fixed the <strong>login</strong> form</p>",
    "<ul><li>Wrote tests</li><li>Deployed to staging</li></ul>",
    "Sastanak s klijentom u ŽUPANIJI",
    "Übergabe an das Team in Köln",
    "設計レビュー",
    "Bug hunt 🐛 and a small release 🚀",
    "100% done, see file_v2_final",
    "Prepared the workshop",
    "Answered feedback",
    "Estimates for the next sprint",
    "  leading and trailing blanks  ",
    "",
    "Polished animations",
    "Moved content over",
    "Accessibility fixes (contrast, focus order)",
)
REJECTION_REASONS = (
    "Please book this on the support service.",
    "Eight hours? The meeting took one.",
    "Wrong day: this was on Thursday.",
    "Note is missing.\nWhat was done?",
    None,
)
APPROVAL_NOTES = (None, None, "Looks right.", "Discussed with the client.")
JIRA_STATUSES = ("To Do", "In Progress", "In Review", "Done", "Čeka se")
JIRA_SUMMARIES = (
    "Checkout fails for gift cards", "Login page jumps on load", "Župan profile page", "Search ignores diacritics",
    "Export to CSV", "Upgrade the framework", "Dark mode", "Broken links in the footer", "Cookie banner_v2",
    "Image upload over 10 MB", "Payment retries", "Translate the help pages",
)  # fmt: skip
JIRA_KEYS = ("WEB", "APP", "OPS", "SHOP")
