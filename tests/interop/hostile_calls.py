"""Requests to the API that mean no good: (name, bytes, statuses besides the usual ones). What is between the two marks
of a head is the caller's token."""

from api_support import NAMESPACE, envelope

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
ENC = 'xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"'
GOOD = envelope("GetVersion")
FINE = (200,)


def request(body=GOOD, *fields, token="", method="POST", path="/manager", host="127.0.0.1", kind="text/xml",
            version="HTTP/1.1", length=None):
    """One request as bytes; fields that are None are left out."""
    body = body.encode() if isinstance(body, str) else body
    head = [f"{method} {path} {version}", host and f"Host: {host}", "Connection: close", kind and f"Content-Type: {kind}",
            token and f"Authorization: Bearer {token}", f"Content-Length: {len(body) if length is None else length}", *fields]
    return ("\r\n".join(line for line in head if line) + "\r\n\r\n").encode("latin-1") + body


def inside(text, more=""):
    """A body around this."""
    return f'<s:Envelope xmlns:s="{SOAP}" {more}><s:Body>{text}</s:Body></s:Envelope>'


def call(operation, body, more=""):
    return inside(f'<{operation} xmlns="{NAMESPACE}" {more}>{body}</{operation}>')


def documents():
    """What claims to be XML: document types and entities."""
    laughs = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    for name, start in {
        "an entity": '<!DOCTYPE a [<!ENTITY x "y">]>', "a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        "an address": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:60000/">]>',
        "a parameter entity": '<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;]>',
        "a public one": '<!DOCTYPE a PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1/x.dtd">',
        "a small one": "<!doctype a>", "an unfinished one": "<!DOCTYPE a [", "an attribute list": "<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]>",
        "a notation": "<!DOCTYPE a [<!NOTATION n SYSTEM 'file:///etc/passwd'>]>",
        "a billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{laughs}]>',
        "a quadratic one": f'<!DOCTYPE a [<!ENTITY x "{"y" * 100_000}">]>', "a bare entity": '<!ENTITY x "y">',
        "an element declaration": "<!ELEMENT a ANY>",
    }.items():
        for before in ("", '<?xml version="1.0"?>', "\ufeff", "<!-- c -->"):
            yield f"{name} behind {before!r}", before + start + inside("<GetVersion>&x;&l9;</GetVersion>"), ()
    yield "a document type inside", inside('<!DOCTYPE a><GetVersion/>'), ()
    for name in ("&x;", "&;", "&", "&#0;", "&#x0;", "&#xD800;", "&#x110000;", "&#99999999999999999999;", "&#xFFFFFFFFFFFFFFFF;",
                 "&#-1;", "&#x;", "&" + "a" * 100_000 + ";", "&nbsp;", "&#1;"):
        yield "the reference " + name[:20], call("GetRun", f"<runId>{name}</runId>"), ()


def shapes():
    """Depths, widths and sizes."""
    for levels in (31, 33, 1_000, 100_000):
        yield f"{levels} levels", call("GetRun", "<a>" * levels + "</a>" * levels), ()
        yield f"{levels} levels without an end", inside("<a>" * levels), ()
    for count in (65, 1_000, 20_000):
        yield f"{count} attributes", call("GetRun", "<runId " + " ".join(f'a{i}="b"' for i in range(count)) + ">x</runId>"), ()
        yield f"{count} namespaces", call("GetRun", "<runId " + " ".join(f'xmlns:a{i}="b"' for i in range(count)) + "/>"), ()
    yield "a long attribute", call("GetRun", f'<runId a="{"b" * 900_000}">x</runId>'), ()
    yield "a long name", call("GetRun", f"<{'r' * 900_000}/>"), ()
    yield "a long prefix", call("GetRun", f"<{'r' * 4_000}:x/>"), ()
    yield "long text", call("GetRun", f"<runId>{'r' * 900_000}</runId>"), ()
    yield "a long comment", call("GetRun", f"<!--{'r' * 900_000}--><runId>x</runId>"), ()
    yield "long CDATA", call("GetRun", f"<runId><![CDATA[{'<' * 900_000}]]></runId>"), ()
    yield "many CDATA", call("GetRun", f"<runId>{'<![CDATA[x]]>' * 60_000}</runId>"), ()
    yield "many references", call("GetRun", f"<runId>{'&amp;' * 180_000}</runId>"), ()
    yield "many elements", call("RemoveTargets", "<targetNames/>" * 60_000), ()
    yield "9,900 elements", call("Deploy", "<key>k</key>" + "<targets>x</targets>" * 4_900), ()
    yield "9,900 options", call("Deploy", "<key>k</key>" + "<options/>" * 9_000), ()
    yield "many unknown elements", call("GetRun", "<a/>" * 9_000), ()
    yield "spaces", " " * 1_000_000, ()
    yield "angle brackets", "<" * 1_000_000, ()
    yield "ampersands", "&" * 1_000_000, ()
    yield "spaces in a tag", inside("<GetVersion" + " " * 900_000 + "/>"), ()
    yield "2 MiB", call("GetRun", f"<runId>{'r' * (2 << 20)}</runId>"), ()
    yield "2 MiB of elements", call("RemoveTargets", "<targetNames/>" * 150_000), ()
    yield "a range of targets", call("Deploy", "<key>k</key><targets>n[1-999999999]</targets><components>x</components>"), ()
    yield "ranges of ranges", call("Deploy", "<key>k</key><targets>" + "n[1-99]" * 9 + "</targets><components>x</components>"), ()


def characters():
    for name, bad in {"an overlong slash": b"\xc0\xaf", "an overlong NUL": b"\xc0\x80", "half a character": b"\xe2\x82",
                      "a surrogate": b"\xed\xa0\x80", "beyond Unicode": b"\xf4\x90\x80\x80", "FF": b"\xff", "FE FF": b"\xfe\xff",
                      "a lone tail": b"\x80", "five bytes": b"\xf8\x88\x80\x80\x80", "NUL": b"\0", "1": b"\1", "ESC": b"\x1b",
                      "a bell": b"\7", "U+FFFF": b"\xef\xbf\xbf"}.items():
        body = call("GetRun", "<runId>MARK</runId>").encode()
        yield name + " in text", body.replace(b"MARK", bad), ()
        yield name + " in a name", body.replace(b"<runId>", b"<runId" + bad + b">"), ()
        yield name + " at the end", GOOD.encode() + bad, ()
    for code in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-7", "cp037"):
        yield code, ('<?xml version="1.0"?>' + GOOD).encode(code), FINE if code == "utf-7" else ()
        yield code + " declared", f'<?xml version="1.0" encoding="{code}"?>{GOOD}', ()
    yield "a declaration without an end", '<?xml version="1.0"' + GOOD, ()
    yield "a declaration of 64 KB", f'<?xml version="1.0" {" " * 65_536}?>{GOOD}', ()


def envelopes():
    """SOAP that is none."""
    version = f'<GetVersion xmlns="{NAMESPACE}"/>'
    yield "nothing", "", ()
    yield "JSON", '{"GetVersion": {}}', ()
    yield "garbage", bytes(range(256)) * 100, ()
    yield "zip", b"PK\3\4" + b"\0" * 1_000, ()
    yield "gzip", b"\x1f\x8b\x08" + b"\0" * 1_000, ()
    yield "no envelope", version, ()
    yield "another envelope", f'<s:Envelope xmlns:s="urn:x"><s:Body>{version}</s:Body></s:Envelope>', ()
    yield "no body", f'<s:Envelope xmlns:s="{SOAP}"/>', ()
    yield "an empty body", inside(""), ()
    yield "text for a body", inside("GetVersion"), ()
    yield "two operations", inside(version * 2), ()
    yield "another one behind the body", GOOD.replace("</s:Envelope>", f"<s:Body>{version}</s:Body></s:Envelope>"), ()
    yield "a second envelope", GOOD + GOOD, ()
    yield "text before the envelope", "x" + GOOD, ()
    yield "text behind the envelope", GOOD + "x", ()
    yield "a reference before the envelope", "&#32;" + GOOD, ()
    yield "CDATA before the envelope", "<![CDATA[x]]>" + GOOD, ()
    yield "an element before the envelope", "<x/>" + GOOD, ()
    yield "a declaration behind a space", " <?xml version='1.0'?>" + GOOD, ()
    yield "two declarations", "<?xml version='1.0'?>" * 2 + GOOD, ()
    yield "a header that must be understood", inside(version).replace(
        "<s:Body>", '<s:Header><x xmlns="urn:x" s:mustUnderstand="1"/></s:Header><s:Body>'), ()
    yield "a long header", inside(version).replace("<s:Body>", f"<s:Header>{'<x/>' * 9_900}</s:Header><s:Body>"), FINE
    yield "no namespace", inside("<GetVersion/>"), FINE
    yield "another namespace", inside('<GetVersion xmlns="urn:x"/>'), ()
    yield "a prefix that stands for nothing", inside("<m:GetVersion/>"), ()
    yield "a fault", inside("<s:Fault><faultcode>s:Server</faultcode></s:Fault>"), ()
    yield "an answer", inside(f'<GetVersionResponse xmlns="{NAMESPACE}"/>'), ()
    yield "an operation of agents", inside('<StartJob xmlns="urn:soapstone:agent:1"/>'), ()
    yield "an instruction", "<?xml-stylesheet href='file:///etc/passwd'?>" + GOOD, ()
    yield "XInclude", inside('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'), ()
    yield "tags that cross", inside("<a><b></a></b>"), ()
    yield "a name with a line end", inside("<Get\nVersion/>"), ()
    yield "a name as long as a log", inside(f"<{'x' * 8_000}/>"), ()
    yield "a name like a log line", inside("<x\u2028call/>"), ()


def types():
    """What rules of encoding and types could be talked into."""
    loop = '<runId id="a" href="#b"/><runId id="b" href="#a"/>'
    for name, body in {
        "a type that is another": '<runId xsi:type="xs:base64Binary">!!!!</runId>', "an unknown type": '<runId xsi:type="x:y">x</runId>',
        "the type of a complex element": '<runId xsi:type="t:Option" xmlns:t="urn:soapstone:types:1"><t:name/></runId>',
        "an array": '<runId xsi:type="e:Array" e:arrayType="xs:string[2147483647]"/>',
        "an array of arrays": '<runId xsi:type="e:Array" e:arrayType="xs:string[65536,65536][4294967295]"/>',
        "a negative array": '<runId e:arrayType="xs:string[-1]" e:offset="[-5]"/>', "nil": '<runId xsi:nil="true"/>',
        "nil that is none": '<runId xsi:nil="1">x</runId>', "a loop": loop, "itself": '<runId id="a" href="#a"/>',
        "nobody": '<runId href="#none"/>', "a file": '<runId href="file:///etc/passwd"/>', "an attachment": '<runId href="cid:x"/>',
        "an address": '<runId href="http://127.0.0.1:60000/"/>', "the same id twice": '<runId id="a">x</runId><runId id="a">y</runId>',
        "XOP": '<runId><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="cid:x"/></runId>',
        "XOP of a file": '<runId><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" href="file:///etc/passwd"/></runId>',
        "many ids": "".join(f'<runId id="a{i}" href="#a{i + 1}"/>' for i in range(5_000)),
        "many to one": '<runId id="a" href="#z"/>' + '<runId href="#a"/>' * 5_000,
        "another encoding": '<runId s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">x</runId>',
        "an element inside text": "<runId>a<b/>c</runId>", "twice": "<runId>a</runId><runId>b</runId>", "none": "",
    }.items():
        yield "types: " + name, call("GetRun", body, f'{XSI} {ENC} xmlns:s="{SOAP}"'), ()
    for operation in ("GetRun", "VisitBmcs"):
        yield f"nil for a whole request to {operation}", call(operation, "", f'{XSI} xsi:nil="true"'), ()
    yield "another request's type", call("GetRun", "<runId>x</runId>", f'{XSI} xsi:type="Deploy"'), ()
    yield "a request by reference", inside('<GetRun href="#a"/>'), ()


def numbers():
    for number in ("9" * 30, "-" + "9" * 30, "9223372036854775808", "-9223372036854775809", "1e400", "NaN", "INF", "0x10", "1.5",
                   "", " ", "1 2", "--1", "+", "1" * 900_000, "\u0663"):
        yield f"since {number[:30]!r}", call("GetEvents", f"<since>{number}</since><waitSeconds>0</waitSeconds><most>1</most>"), ()
    for wait, most in (("2147483648", "1"), ("0", "2147483648"), ("-2147483649", "1"), ("0", "x")):
        yield f"wait {wait}, most {most}", call(
            "GetEvents", f"<since>0</since><waitSeconds>{wait}</waitSeconds><most>{most}</most>"), ()
    for most in ("0", "-1", "-2147483648", "2147483647"):
        yield f"{most} runs", call("GetRuns", f"<mostRuns>{most}</mostRuns>"), FINE
        yield f"{most} targets", call("GetTargets", f"<mostTargets>{most}</mostTargets>"), FINE
    for name in ("../../etc/passwd", "/etc/passwd", "x" * 100_000, "'; DROP TABLE run; --", "%s%n", "\u202e", "..", "."):
        yield f"run {name[:20]}", call("GetRun", f"<runId>{name}</runId>"), ()
        yield f"component {name[:20]}", call("RemoveComponent", f"<componentName>{name}</componentName>"), FINE
        yield f"path {name[:20]}", call("AddComponent", f"<componentName>{name}</componentName><path>/etc</path>"), ()


def bodies():
    for kind in (documents, shapes, characters, envelopes, types, numbers):
        yield from kind()


def heads(token):
    """Requests whose body is good."""
    for kind in (None, "", "text/plain", "application/xml", "application/soap+xml", "application/json", "application/dime",
                 "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/xml; charset=utf-16",
                 "text/xml; charset=iso-8859-1", "text/html", "TEXT", "text/xmlx", "text/xml" * 500,
                 'multipart/related; boundary=x; type="text/xml"', 'multipart/related; type="application/xop+xml"; boundary=x',
                 "application/xop+xml", "text/xml, text/xml"):
        yield f"Content-Type {kind and kind[:60]}", request(token=token, kind=kind), ()
    for name, content in {"MIME": "--x\r\nContent-Type: text/xml\r\n\r\n" + GOOD + "\r\n--x--", "MIME without an end": "--x\r\n" * 10_000,
                          "DIME": b"\x0c\x10\0\0\0\0\0\x08\xff\xff\xff\xffapplication" + b"\0" * 100}.items():
        for kind in ("text/xml", "multipart/related; boundary=x", "application/dime"):
            yield f"{name} as {kind}", request(content, token=token, kind=kind), ()
    for action in ("Deploy", "getversion", "GetVersion/", "", "*", "a" * 8_000, '"', "GetVersion\tDeploy"):
        yield f"SOAPAction {action[:20]}", request(GOOD, f'SOAPAction: "{NAMESPACE}/{action}"', token=token), ()
    yield "another body than SOAPAction", request(envelope("Deploy"), f'SOAPAction: "{NAMESPACE}/GetVersion"', token=token), ()
    yield "SOAPAction of another contract", request(GOOD, "SOAPAction: urn:soapstone:agent:1/GetVersion", token=token), ()
    for path in ("/", "/agent", "/callback", "/Manager", "/manager/", "//manager", "/manager/../manager", "/%6danager", "/manager%00",
                 "/manager;x", "/../../etc/passwd", "/log/x", "/fw/x", "/components/", "/components/../x", "manager", "*", "/types.xsd",
                 "http://127.0.0.2/manager", "/manager\t"):
        yield f"path {path}", request(token=token, path=path), ()
    for query in ("", "run=..&target=..&log=../../etc/passwd", "run=%00&target=%ff&log=%", "&" * 8_000, "log=" + "%2e%2e%2f" * 800):
        yield f"log {query[:20]}", request("", token=token, method="GET", path=f"/logs?{query}"), ()
    for host in (None, "", "evil.example", "127.0.0.1.evil.example", "127.0.0.2", "[::1", "127.0.0.1:x", "127.0.0.1:99999", "0",
                 "127.1", "2130706433", "localhost@evil.example", "evil.example:localhost", "a" * 8_000):
        yield f"Host {host and host[:30]}", request(token=token, host=host), FINE if host in ("0", "127.1", "2130706433") else ()
    for field in ("Origin: https://evil.example", "Origin: null", "Origin:", "origin: https://127.0.0.1", "Sec-Fetch-Site: cross-site",
                  "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none", "sec-fetch-site:"):
        yield field, request(GOOD, field, token=token), ()
    yield "Origin and no body", request("", "Origin: https://evil.example", token=token), ()
    for method in ("GET", "PUT", "HEAD", "OPTIONS", "TRACE", "DELETE", "PATCH", "M-POST", "post", "CONNECT", "PROPFIND"):
        yield f"method {method}", request(token=token, method=method), ()
    yield from framings(token)


def framings(token):
    start = f"POST /manager HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml\r\nAuthorization: Bearer {token}\r\n".encode()
    body = GOOD.encode()
    for name, fields in {
        "two lengths": "Content-Length: 1\r\nContent-Length: 2", "a length and chunks": "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "chunks and a length": "Transfer-Encoding: chunked\r\nContent-Length: 4", "a negative length": "Content-Length: -5",
        "a signed length": "Content-Length: +5", "a huge length": "Content-Length: 99999999999999999999",
        "a hexadecimal length": "Content-Length: 0x10", "a list of lengths": "Content-Length: 5, 5", "two encodings": "Transfer-Encoding: gzip, chunked",
        "an unknown encoding": "Transfer-Encoding: xchunked", "identity": "Transfer-Encoding: identity", "chunked twice":
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", "a space before the colon": "Content-Length : 5",
        "a folded line": "X: a\r\n b", "a NUL": "X: a\0b", "two hosts": "Host: 127.0.0.1", "a strange Expect": "Expect: 200-maybe",
        "an upgrade": "Connection: upgrade, close\r\nUpgrade: h2c", "gzip": "Content-Encoding: gzip", "a field without a name": ": x",
        "a field without a colon": "nonsense", "a long field": "X: " + "y" * 1_000_000, "a long name": "y" * 20_000 + ": x",
        "many fields": "\r\n".join(["A: b"] * 100_000), "Range": "Range: bytes=0-0", "a 2 GB body": f"Content-Length: {2 << 30}", "a host in two fields": "Host: evil.example",
    }.items():
        fields += "" if "ength" in fields or "encoding" in fields.lower() else f"\r\nContent-Length: {len(body)}"
        fine = FINE if name in ("gzip", "Range", "an upgrade") else ()
        yield name, start + fields.encode() + b"\r\nConnection: close\r\n\r\n" + body, fine
    chunked = start + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    for name, text in {"a chunk too large": b"ffffffffffffffffff\r\n", "a negative chunk": b"-1\r\n", "no chunk": b"x\r\n",
                       "a chunk without an end": b"5\r\nabc", "2 MiB of chunks": b"10000\r\n" + b"x" * 65_536 + b"\r\n",
                       "a long extension": b"1;" + b"x" * 100_000 + b"\r\na\r\n0\r\n\r\n", "tiny chunks": b"1\r\na\r\n" * 20_000 + b"0\r\n\r\n",
                       "a trailer": b"0\r\n" + b"A: b\r\n" * 10_000 + b"\r\n"}.items():
        yield name, chunked + text * (32 if name.startswith("2 MiB") else 1), ()
    yield "HTTP/1.0", request(token=token, version="HTTP/1.0"), FINE
    for version in ("HTTP/0.9", "HTTP/2.0", "HTTP/1.10", "", "http/1.1", "SIP/2.0"):
        yield f"version {version!r}", request(token=token, version=version), ()
    yield "the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ()
    yield "binary", bytes(range(256)) * 8 + b"\r\n\r\n", ()
    yield "SSH", b"SSH-2.0-OpenSSH_9.2\r\n\r\n", ()
    yield "less than announced", request(token=token, length=len(GOOD) + 10), ()
    yield "a second request behind it", request(token=token) + b"GET /etc/passwd HTTP/1.1\r\n\r\n", FINE
    for given in ("Basic YTpi", "Bearer", "Bearer ", "Bearer  x", "Digest x", "Negotiate x", "bearer x", "Bearer " + "x" * 8_000,
                  "Bearer x, Bearer y", "Bearer \x80", "Bearer soapstone_", "Bearer %00"):
        yield f"Authorization {given[:20]}", request(GOOD, f"Authorization: {given}"), ()
