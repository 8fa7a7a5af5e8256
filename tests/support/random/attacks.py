"""Requests made to hurt: documents, variables, bodies, headers and addresses, each with how it has to be answered."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

RESPONSE = "application/graphql-response+json"
ANSWERED = "answered"  # a valid request that only looks dear
FILE = "a file"  # answered by one
LIST = "query ($f: TimeEntryFilter) { timeEntries(filter: $f) { totalCount nodes { id } } }"


@dataclass(frozen=True, slots=True)
class Attack:
    """One request, and the code of its error, or codes with a bar between them; ANSWERED where it has data."""

    name: str
    code: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    address: str = "/graphql"


def ask(name: str, code: str, query: str, variables: object = None, **more: object) -> Attack:
    """Send a document."""
    return Attack(name, code, json.dumps({"query": query, "variables": variables, **more}).encode())


def head(name: str, code: str, query: str = "{ viewer { role } }", **headers: str) -> Attack:
    """Send a harmless document with these headers."""
    return Attack(
        name, code, json.dumps({"query": query}).encode(), {k.replace("_", "-"): v for k, v in headers.items()}
    )


def get(name: str, code: str, query_string: str) -> Attack:
    return Attack(name, code, None, {}, "GET", f"/graphql?{query_string}")


def doubling(levels: int, leaf: str = "id") -> str:
    steps = "".join(f"fragment F{n} on TimeEntry{{...F{n + 1} ...F{n + 1}}}" for n in range(levels))
    return f"{{timeEntries{{nodes{{...F0}}}}}}{steps}fragment F{levels} on TimeEntry{{{leaf}}}"


def attacks() -> Iterator[Attack]:
    """Yield all of them; the bodies are at most 1 MB, but for those that have to be refused for their size."""
    yield from documents()
    yield from overlaps()
    yield from introspections()
    yield from filters()
    yield from values()
    yield from operands()
    yield from bodies()
    yield from heads()
    yield from addresses()


def documents() -> Iterator[Attack]:
    limit, parse, invalid = "DOCUMENT_LIMIT_EXCEEDED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"
    yield ask("fields within each other", limit, "{a" * 60 + "}" * 60)
    yield ask("brackets within each other", limit, "{" * 30_000)
    yield ask("lists within each other", limit, "{a(b:" + "[" * 30_000)
    yield ask("types within each other", limit, "query($a:" + "[" * 30_000)
    yield ask("inline fragments within each other", limit, "{" + "...{" * 30_000)
    yield ask("fragments that double in 768 bytes", limit, doubling(19))
    yield ask("fragments that double 28 times", limit, doubling(28))
    yield ask("fragments that double 150 times", limit, doubling(150))
    yield ask("a fragment within itself", invalid, "{...A}fragment A on Query{...A}")
    yield ask(
        "a circle of fragments",
        invalid,
        "{...A}fragment A on Query{...B}fragment B on Query{...C}fragment C on Query{...A}",
    )
    chain = "".join(f"fragment F{n} on Query{{...F{n + 1}}}" for n in range(198))
    yield ask("a chain of fragments", ANSWERED, f"{{...F0}}{chain}fragment F198 on Query{{__typename}}")
    yield ask("many fragments", limit, "{a}" + "".join(f"fragment F{n} on Query{{a}}" for n in range(900)))
    yield ask("many operations", limit, "".join(f"query Q{n}{{a}}" for n in range(1_000)))
    yield ask("many aliases", limit, "{timeEntries{nodes{" + "".join(f"a{n}:id " for n in range(600)) + "}}}")
    yield ask("many root fields", limit, "{" + "".join(f"a{n}:timeEntries{{totalCount}}" for n in range(51)) + "}")
    yield ask("dear root fields", "COST_LIMIT_EXCEEDED", dear_lists(50))
    yield ask("many plans", ANSWERED, many_plans(45))
    yield ask("many directives", limit, "{viewer{role" + "@skip(if:false)" * 300 + "}}")
    yield ask("many directives of one name", invalid, "{viewer{role" + "@skip(if:false)" * 190 + "}}")
    yield ask("unknown fields", invalid, "{timeEntries{nodes{" + "".join(f"tim{n} " for n in range(1_900)) + "}}}")
    yield ask(
        "unknown arguments", invalid, "{timeEntries(" + "".join(f"firs{n}:1 " for n in range(1_500)) + "){totalCount}}"
    )
    yield ask("unknown directives", invalid, "{viewer{role" + "".join(f"@ski{n}" for n in range(190)) + "}}")
    yield ask(
        "unknown types", invalid, "query(" + "".join(f"$v{n}:TimeEntr{n} " for n in range(1_200)) + "){__typename}"
    )
    yield ask("unused variables", invalid, "query(" + "".join(f"$v{n}:Int " for n in range(1_200)) + "){__typename}")
    yield ask("undefined variables", invalid, "{timeEntries(filter:{or:[" + "$x " * 90 + "]}){totalCount}}")
    yield ask("wrong literals", invalid, "{nodes(ids:[" + "{} " * 190 + "]){id}}")
    yield ask("a long name", invalid, "{" + "x" * 99_000 + "}")
    yield ask("a long number", invalid, "{timeEntries(first:" + "1" * 99_000 + "){totalCount}}")
    yield ask("a number without an end", invalid, "{timeEntries(first:1e" + "9" * 9_000 + "){totalCount}}")
    yield ask("a long string", invalid, '{timeEntries(first:"' + "\\u0041" * 16_000 + '"){totalCount}}')
    yield ask("a long block string", invalid, '{timeEntries(first:"""' + " x\n" * 33_000 + '"""){totalCount}}')
    yield ask("a string without an end", parse, '{node(id:"' + "x" * 99_000)
    yield ask("half a surrogate", parse, '{node(id:"\\ud800"){id}}')
    yield ask("a long comment", ANSWERED, "{viewer{role}}#" + "x" * 99_900)
    yield ask("commas", ANSWERED, "{viewer{role" + "," * 99_900 + "}}")
    yield ask("a megabyte of commas", limit, "{viewer{role" + "," * 999_900 + "}}")
    yield ask("a megabyte of fields", limit, "{" + "a " * 499_900 + "}")
    yield ask("nothing but spaces", parse, " " * 99_999)
    yield ask("control characters", parse, "\0\1\2{viewer{role}}")
    yield ask("other alphabets", parse, "{vіewer{rоle}}")
    yield ask("text that runs from right to left", parse, "\u202e{viewer{role}}")
    yield ask(
        "an operation of a long name", "OPERATION_RESOLUTION_FAILURE", "{__typename}", operationName="x" * 900_000
    )
    yield ask("two operations and no name", "OPERATION_RESOLUTION_FAILURE", "query A{__typename}query B{__typename}")
    yield ask("a type definition", invalid, "type Query { a: Int } " * 200)
    yield ask("a subscription", "BAD_USER_INPUT|GRAPHQL_VALIDATION_FAILED", "subscription{timeEntryChanged{eventId}}")


def many_plans(count: int) -> str:
    """Lists that are each planned and compiled for themselves."""
    parts = "nodes{id x%d:time person{name} service{name deal{name}}} totalCount aggregate{count time}"
    groups = "groups(by:[PERSON,MONTH]){nodes{aggregate{count}}}"
    lists = (f"a{n}:timeEntries(first:1,filter:{{time:{{gt:{n}}}}}){{{parts % n} {groups}}}" for n in range(count))
    return f"{{{' '.join(lists)}}}"


def dear_lists(count: int) -> str:
    lists = "".join(f"a{n}:timeEntries(first:200){{nodes{{...E}}}}" for n in range(count))
    person = "person{id name firstName lastName email title}"
    service = "service{id name deal{id name company{id name}}}"
    fields = f"id date time note cost currency status {person}{service}changes{{nodes{{id}}}}"
    return f"{{{lists}}}fragment E on TimeEntry{{{fields}}}"


def overlaps() -> Iterator[Attack]:
    yield ask("the same field again and again", ANSWERED, "{timeEntries{nodes{" + "time " * 1_900 + "}}}")
    yield ask("the same object again and again", ANSWERED, "{timeEntries{nodes{" + "person{id name}" * 600 + "}}}")
    arguments = ",".join(str(n) for n in range(100))
    same = f"timeEntries(filter:{{time:{{in:[{arguments}]}}}}){{totalCount}}"
    yield ask("the same long arguments again and again", ANSWERED, "{" + same * 40 + "}")
    yield ask("fields that conflict", "GRAPHQL_VALIDATION_FAILED", "{timeEntries{nodes{" + "x:id x:date " * 240 + "}}}")
    fragments = "".join(f"fragment F{n} on TimeEntry{{{'id date time ' * 4}}}" for n in range(120))
    spreads = "".join(f"...F{n} " for n in range(120))
    yield ask("fragments that overlap", ANSWERED, f"{{timeEntries{{nodes{{{spreads}}}}}}}{fragments}")


def introspections() -> Iterator[Attack]:
    yield ask(
        "types of types of types",
        "GRAPHQL_VALIDATION_FAILED",
        "{__schema{types{" + "fields{type{" * 8 + "name" + "}}" * 8 + "}}}",
    )
    aliased = "".join(f"a{n}:fields{{name description type{{name kind}}}}" for n in range(90))
    yield ask("the schema ninety times", "DOCUMENT_LIMIT_EXCEEDED", f"{{__schema{{types{{{aliased}}}}}}}")
    root = "".join(f"a{n}:__schema{{types{{fields{{name args{{name}}}}}}}}" for n in range(50))
    yield ask("fifty schemas", "DOCUMENT_LIMIT_EXCEEDED", f"{{{root}}}")


def filters() -> Iterator[Attack]:
    wrong = "BAD_USER_INPUT"
    yield ask("a megabyte of empty filters", wrong, LIST, {"f": {"or": [{}] * 240_000}})
    yield ask("a hundred thousand operands", wrong, LIST, {"f": {"personId": {"in": ["1"] * 100_000}}})
    yield ask("ten thousand operands", wrong, LIST, {"f": {"personId": {"in": ["1"] * 10_000}}})
    yield ask("conditions just within", ANSWERED, LIST, {"f": {"or": [{"personId": {"in": ["1"] * 10}}] * 100}})
    deep: object = {"time": {"gt": 0}}
    for _ in range(400):
        deep = {"not": deep}
    yield ask("a deep filter", wrong, LIST, {"f": deep})
    nested = "{not:" * 30 + "{time:{gt:0}}" + "}" * 30
    yield ask("a deep filter spelled out", wrong, f"{{timeEntries(filter:{nested}){{totalCount}}}}")
    twice = "query($f:TimeEntryFilter!){timeEntries(filter:{or:[" + "$f " * 90 + "]}){totalCount}}"
    yield ask("a filter ninety times", wrong, twice, {"f": {"and": [{"time": {"gt": 0}}] * 90}})
    again = "query($f:TimeEntryFilter!){timeEntries(filter:{or:[" + "$f " * 1_000 + "]}){totalCount}}"
    yield ask("a filter of nulls a thousand times", wrong, again, {"f": {f"x{n}": None for n in range(19_000)}})
    yield ask("a long text", wrong, LIST, {"f": {"jiraIssueId": {"contains": "%_" * 400_000}}})
    yield ask("a NUL in a text", wrong, LIST, {"f": {"jiraIssueId": {"contains": "a\0b"}}})
    yield ask("null for an operand", wrong, LIST, {"f": {"personId": {"eq": None}}})
    yield ask("a date that is none", wrong, LIST, {"f": {"date": {"eq": "2019-02-30"}}})
    yield ask("a date of other digits", wrong, LIST, {"f": {"date": {"eq": "٢٠١٩-٠٢-٠٣"}}})
    yield ask("SQL for an id", wrong, LIST, {"f": {"personId": {"eq": "1 OR 1=1; DROP TABLE people"}}})
    yield ask("an id beyond 63 bits", wrong, LIST, {"f": {"personId": {"eq": "9" * 40}}})
    yield ask("a number beyond 32 bits", wrong, LIST, {"f": {"time": {"eq": 10**18}}})
    yield ask("another type for a filter", wrong, LIST, {"f": [[[]]]})


def values() -> Iterator[Attack]:
    wrong, page = "BAD_USER_INPUT", "INVALID_PAGINATION"
    yield ask("variables within each other", wrong, LIST, {"f": json.loads("[" * 900 + "]" * 900)})
    yield ask("a hundred thousand variables", wrong, "{viewer{role}}", {f"v{n}": 0 for n in range(60_000)})
    yield ask("a variable of many values", wrong, "{viewer{role}}", {"v": [0] * 300_000})
    yield ask("a variable of many objects", wrong, "{viewer{role}}", {"v": [{"a": {}}] * 90_000})
    nodes = "query($ids:[ID!]!){nodes(ids:$ids){id}}"
    yield ask("many ids of nodes", wrong, nodes, {"ids": ["TimeEntry:1"] * 19_000})
    yield ask("long ids of nodes", wrong, nodes, {"ids": ["x" * 4_000] * 200})
    order = "query($o:[TimeEntryOrder!]){timeEntries(orderBy:$o){nodes{id}}}"
    yield ask("many orders", ANSWERED, order, {"o": [{"field": "DATE"}] * 6_000})
    groups = "query($g:[TimeEntryGroupKey!]!){timeEntries{groups(by:$g){totalCount}}}"
    yield ask("many groups", wrong, groups, {"g": ["PERSON"] * 19_000})
    paged = "query($n:Int!){timeEntries(page:{number:$n}){nodes{id}}}"
    yield ask("a page far away", ANSWERED, paged, {"n": 2_147_483_647})
    yield ask("a page beyond 32 bits", wrong, paged, {"n": 10**18})
    yield ask("a negative size", page, "{timeEntries(first:-1){nodes{id}}}")
    yield ask("a large size", page, "{timeEntries(first:2000000000){nodes{id}}}")
    after = "query($c:String){timeEntries(after:$c){nodes{id}}}"
    yield ask("a long cursor", "INVALID_CURSOR", after, {"c": "A" * 900_000})
    forged = base64.urlsafe_b64encode(b'[1,"0",[null,{}],1e999]').decode()
    yield ask("a forged cursor", "INVALID_CURSOR", after, {"c": forged})
    yield ask("a cursor of deep JSON", "INVALID_CURSOR", after, {"c": base64.urlsafe_b64encode(b"[" * 90_000).decode()})
    yield ask("a long search", wrong, "query($s:String){people(search:$s){totalCount}}", {"s": "x" * 900_000})
    bulk = "mutation($i:TimeEntryBulkInput!){timeEntryBulkDelete(input:$i){appliedCount userErrors{code}}}"
    yield ask("a bulk of everything", ANSWERED, bulk, {"i": {"target": {"filter": {}}}})
    yield ask("a bulk of many", wrong, bulk, {"i": {"target": {"ids": ["1"] * 60_000}}})
    yield ask("a bulk of what is no id", ANSWERED, bulk, {"i": {"target": {"ids": ["x"] * 150}}})
    entry = '{date:"2025-01-01",personId:1,serviceId:1,note:$n}'
    note = f"mutation($n:String){{timeEntryCreate(input:{entry}){{userErrors{{code}}}}}}"
    yield ask("a long note", ANSWERED, note, {"n": "x" * 900_000})


def operands() -> Iterator[Attack]:
    """Yield requests whose operands are long, or come again and again."""
    wrong = "BAD_USER_INPUT"
    long = "x" * 900_000
    folded = "ß" * 150_000
    conditions = "".join("{jiraIssueId:{contains:$s}}" for _ in range(90))
    lists = "".join(f"a{n}:timeEntries(filter:{{or:[{conditions}]}}){{totalCount}}" for n in range(5))
    yield ask("a long text in 450 conditions", wrong, f"query($s:String!){{{lists}}}", {"s": long})
    yield ask("a long text to fold in 450 conditions", wrong, f"query($s:String!){{{lists}}}", {"s": folded})
    people = "".join(f"a{n}:people(search:$s){{totalCount}}" for n in range(50))
    yield ask("a long search fifty times", wrong, f"query($s:String!){{{people}}}", {"s": long})
    each = [{"jiraIssueId": {"contains": "ß" * 800}}] * 90
    yield ask("long texts in a filter", wrong, LIST, {"f": {"or": each}})
    for name, value in (
        ("letters", "A" * 900_000),
        ("digits", "1" * 900_000),
        ("a long id", "TimeEntry:" + "9" * 900_000),
    ):
        yield ask(f"an id of {name}", wrong, LIST, {"f": {"personId": {"eq": value}}})
        yield ask(f"a day of {name}", wrong, LIST, {"f": {"date": {"eq": value}}})
        yield ask(f"a moment of {name}", wrong, LIST, {"f": {"updatedAt": {"eq": value}}})
        yield ask(f"a status of {name}", wrong, LIST, {"f": {"status": {"eq": value}}})
    ids = "".join(f"a{n}:timeEntries(filter:{{personId:{{in:$i}}}}){{totalCount}}" for n in range(50))
    yield ask("a thousand ids in fifty lists", ANSWERED, f"query($i:[ID!]!){{{ids}}}", {"i": ["Person:1"] * 1_000})
    yield ask("long ids in fifty lists", wrong, f"query($i:[ID!]!){{{ids}}}", {"i": ["A" * 890] * 1_000})
    node = "".join(f"a{n}:node(id:$i){{id}}" for n in range(50))
    yield ask("a long id in fifty nodes", wrong, f"query($i:ID!){{{node}}}", {"i": "A" * 900_000})
    create = "".join(
        f'a{n}:timeEntryCreate(input:{{date:"2025-01-01",personId:1,serviceId:1,note:$s,idempotencyKey:$s}})'
        "{userErrors{code}}"
        for n in range(50)
    )
    yield ask("a long key and a long note fifty times", ANSWERED, f"mutation($s:String!){{{create}}}", {"s": long})
    filters = "".join(f"a{n}:timeEntries(filter:$f){{totalCount}}" for n in range(50))
    tests = {"or": [{"time": {"gt": n}, "personId": {"eq": str(n)}} for n in range(50)]}
    yield ask("a wide filter in fifty lists", ANSWERED, f"query($f:TimeEntryFilter){{{filters}}}", {"f": tests})
    nulls = {"and": [dict.fromkeys(("time", "personId", "date", "status", "note"))] * 3_000}
    yield ask("nulls in fifty lists", f"{wrong}|{ANSWERED}", f"query($f:TimeEntryFilter){{{filters}}}", {"f": nulls})
    wrong_words = {"status": {"in": ["APPROVE" + "D" * 900] * 900}}
    yield ask("words of no enum", wrong, LIST, {"f": wrong_words})
    grouped = "".join(f"a{n}:timeEntries{{groups(by:$g){{totalCount}}}}" for n in range(50))
    keys = ["PERSON", "PROJECT", "SERVICE", "DEAL", "COMPANY", "TASK", "MONTH"]
    yield ask("many keys in fifty groups", ANSWERED, f"query($g:[TimeEntryGroupKey!]!){{{grouped}}}", {"g": keys})


def long_texts() -> Iterator[Attack]:
    """Yield requests that write the longest notes, so that there is something long to read."""
    note = "mutation($i:ID!,$n:String){timeEntryUpdate(id:$i,input:{note:$n}){userErrors{code}}}"
    for number in range(1, 201):
        yield ask(f"note {number}", ANSWERED, note, {"i": str(number), "n": "é\n" * 50_000})


def heavy_reads() -> Iterator[Attack]:
    """Yield requests whose answers are long, or are made of many values."""
    too_large = "ANSWER_TOO_LARGE"
    yield ask("the longest notes", ANSWERED, "{timeEntries(first:200){nodes{id note}}}")
    notes = " ".join(f"a{n}:note" for n in range(150))
    yield ask("one note again and again", ANSWERED, f"{{timeEntry(id:1){{{notes}}}}}")
    yield ask("notes again and again", too_large, f"{{timeEntries(first:90){{nodes{{{notes}}}}}}}")
    wide = " ".join(f"a{n}:time" for n in range(490))
    yield ask("many values", ANSWERED, f"{{timeEntries(first:200){{nodes{{{wide}}}}}}}")
    every = "id date time billableTime createdAt updatedAt lastActivityAt approved cost costDefault workCost"
    people = " ".join(f"{name}{{id name firstName email}}" for name in ("person", "approver", "creator", "lastActor"))
    lists = "".join(f"l{n}:timeEntries(first:200){{edges{{cursor node{{{every} {people}}}}}}}" for n in range(20))
    yield ask("twenty wide lists", f"{ANSWERED}|COST_LIMIT_EXCEEDED", f"{{{lists}}}")
    nodes = json.dumps([f"TimeEntry:{n}" for n in range(1, 201)])
    below = " ".join(f"a{n}:timeEntries(first:1,filter:{{time:{{gt:{n}}}}}){{nodes{{id}}}}" for n in range(50))
    yield ask("fifty lists below one field", ANSWERED, f"{{projects(first:1){{nodes{{{below}}}}}}}")
    groups = " ".join(f"a{n}:groups(by:[PERSON],first:{n}){{nodes{{count:aggregate{{count}}}}}}" for n in range(1, 46))
    yield ask("many groups of each project", ANSWERED, f"{{projects(first:1){{nodes{{timeEntries{{{groups}}}}}}}}}")
    yield ask("two hundred nodes", ANSWERED, f"{{nodes(ids:{nodes}){{id ...on TimeEntry{{{every} {people}}}}}}}")
    many = {"i": {"target": {"ids": [str(n) for n in range(1, 10_001)]}, "atMost": 10_000, "dryRun": True}}
    shown = "results{timeEntryId outcome userErrors{code message path}timeEntry{id note person{name}}}"
    bulk = f"mutation($i:TimeEntryBulkInput!){{timeEntryBulkApprove(input:$i){{{shown}}}}}"
    yield ask("a bulk of ten thousand", ANSWERED, bulk, many)
    log = "changes(first:20){nodes{fields{name before after}}}"
    yield ask(
        "changes of many entries", f"{ANSWERED}|COST_LIMIT_EXCEEDED", f"{{timeEntries(first:60){{nodes{{{log}}}}}}}"
    )
    log = f"changes(first:20){{nodes{{{' '.join(f'a{n}:fields{{name}}' for n in range(20))}}}}}"
    yield ask(
        "names of what changed", f"{ANSWERED}|COST_LIMIT_EXCEEDED", f"{{timeEntries(first:20){{nodes{{{log}}}}}}}"
    )
    groups = "groups(by:[PERSON,SERVICE,DATE],first:1000){nodes{person{name}service{name}date aggregate{time count}}}"
    yield ask("a thousand groups", ANSWERED, f"{{timeEntries{{{groups}}}}}")
    yield ask(
        "a text that nobody wrote", ANSWERED, '{timeEntries(filter:{jiraIssueSummary:{contains:"zzzz"}}){totalCount}}'
    )
    valid = (
        "query("
        + "".join(f"$v{n}:Int " for n in range(300))
        + "){"
        + "".join(
            f"a{n}:timeEntries(first:$v{n},filter:{{time:{{in:[$v{n + 50},1,2]}}}}){{pageInfo{{hasNextPage}}}}"
            for n in range(50)
        )
    )
    yield ask("a document of many variables", "GRAPHQL_VALIDATION_FAILED", valid + "}")
    fields = "{timeEntries(first:1){nodes{" + "".join(f"f{n}:person{{id name}}" for n in range(480)) + "}}}"
    yield ask("a long document", ANSWERED, fields)
    fragments = "".join(f"fragment F{n} on TimeEntry{{id date person{{name}}...F{n + 1}}}" for n in range(150))
    chain = f"{{timeEntries(first:1){{nodes{{...F0}}}}}}{fragments}fragment F150 on TimeEntry{{id}}"
    yield ask("a long chain of fragments", ANSWERED, chain)
    full = "kind name description fields{name description args{name}type{kind name ofType{kind name}}}enumValues{name}"
    yield ask("the whole schema", ANSWERED, f"{{__schema{{types{{{full}inputFields{{name}}}}directives{{name}}}}}}")


def exports() -> Iterator[Attack]:
    """Yield requests for files: of all that there is, and as wide as a file can be."""
    own = "date,time,note,approved,created_at,updated_at,last_activity_at,cost,work_cost,currency,rejected_reason"
    people = [f"{who}.{name}" for who in ("person", "creator", "last_actor") for name in ("id", "email", "title")]
    below = [f"{way}.name" for way in ("service", "service.deal", "service.deal.company", "service.deal.project")]
    fields = ",".join((own, *people, *below))
    for suffix in ("csv", "xlsx", "jsonl", "parquet"):
        address = f"/api/v2/time_entries.{suffix}"
        yield Attack(f"all entries as {suffix}", FILE, None, {}, "GET", address)
        yield Attack(f"wide rows as {suffix}", FILE, None, {}, "GET", f"{address}?fields={fields}")
    for size in (10, 60, 200):
        address = f"/api/v2/time_entry_versions?page[size]={size}&sort=-created_at"
        yield Attack(f"{size} versions of long notes", f"{ANSWERED}|answer_too_large", None, {}, "GET", address)
    yield Attack("a report of many groups", ANSWERED, None, {}, "GET", "/api/v2/time_entry_reports?group=date,person")


def bodies() -> Iterator[Attack]:
    bad = "BAD_REQUEST"
    yield Attack("JSON lists within each other", bad, b"[" * 999_999)
    yield Attack("objects within each other", bad, b'{"a":' * 199_999)
    yield Attack("a megabyte of nothing", bad, b" " * 999_999)
    yield Attack("a long JSON number", bad, b'{"query":' + b"1" * 999_000 + b"}")
    yield Attack("a JSON number without an end", bad, b'{"query":"{x}","variables":{"a":1e999}}')
    yield Attack("many keys", bad, b"{" + b",".join(b'"%d":0' % n for n in range(90_000)) + b"}")
    yield Attack("the same key again and again", bad, b"{" + b",".join([b'"query":1'] * 90_000) + b"}")
    yield Attack("several operations", bad, b"[" + b",".join([b'{"query":"{__typename}"}'] * 30_000) + b"]")
    yield Attack("UTF-16", bad, '{"query":"{__typename}"}'.encode("utf-16"))
    yield Attack("an overlong NUL", bad, b'{"query":"\xc0\x80"}')
    yield Attack("a byte order mark", bad, b'\xef\xbb\xbf{"query":"{__typename}"}')
    yield Attack("more than a megabyte", "PAYLOAD_TOO_LARGE", b" " * 1_000_001)
    yield Attack("a compressed body", "UNSUPPORTED_MEDIA_TYPE", b"\x1f\x8b" * 1_000, {"content-encoding": "gzip"})
    yield Attack("deep extensions", bad, b'{"query":"{__typename}","extensions":' + b"[" * 900 + b"]" * 900 + b"}")
    yield Attack("a prototype", ANSWERED, b'{"query":"{__typename}","__proto__":{"x":1},"constructor":1}')


def heads() -> Iterator[Attack]:
    yield head("a form", "UNSUPPORTED_MEDIA_TYPE", content_type="application/x-www-form-urlencoded")
    yield head("plain text", "UNSUPPORTED_MEDIA_TYPE", content_type="text/plain")
    yield head("parts", "UNSUPPORTED_MEDIA_TYPE", content_type="multipart/form-data; boundary=x")
    yield head("a long type", "UNSUPPORTED_MEDIA_TYPE", content_type="application/json;" + "charset=x;" * 2_000)
    yield head("a long Accept", ANSWERED, accept="a/b;q=0.1," * 2_500 + RESPONSE)
    yield head("an Accept without sense", "NOT_ACCEPTABLE", accept=";,;=,q=;" * 3_000)
    yield head("long headers", "HEADERS_TOO_LARGE", x_filler="x" * 60_000)
    yield head("a long token", "UNAUTHENTICATED", authorization="Bearer " + "x" * 30_000)
    yield head("a token of other bytes", "UNAUTHENTICATED", authorization="Bearer teg_\xff\xfe")
    yield head("another organization", "FORBIDDEN", x_organization_id="9" * 9_000)
    yield head("a request id of other characters", ANSWERED, x_request_id="x\ty" * 2_000)


def addresses() -> Iterator[Attack]:
    yield get(
        "a mutation", "METHOD_NOT_ALLOWED", "query=" + quote('mutation{timerStop(timeEntryId:"1"){userErrors{code}}}')
    )
    yield get("many parameters", "BAD_REQUEST", "&".join(f"a{n}=1" for n in range(5_000)))
    yield get("a parameter twice", "BAD_REQUEST", "query={__typename}&query={__typename}")
    yield get("bytes that are no text", "BAD_REQUEST", "query=%FF%FE")
    yield get("a NUL", "GRAPHQL_PARSE_FAILED", "query=%00")
    yield get("deep variables", "BAD_REQUEST", "query={__typename}&variables=" + "[" * 20_000)
    yield Attack("another method", "METHOD_NOT_ALLOWED", b"x" * 1_000, {}, "PUT")
    yield Attack("a method of nobody", "METHOD_NOT_ALLOWED", None, {}, "BREW")
