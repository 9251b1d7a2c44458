"""A report as JUnit's XML, the form every CI reads."""

from pathlib import Path
from xml.etree import ElementTree as xml

from ivr.call.rehearsal.scenarios import Report, Result

_NOT_XML = "\ufffe\uffff"


def junit(report: Report) -> bytes:
    """One suite a folder, one case a scenario; a file that could not be read is a case with an error."""
    suites = xml.Element("testsuites")
    broken = sorted({finding.place.file for finding in report.unreadable})
    suite = xml.SubElement(
        suites,
        "testsuite",
        name=report.folder.name,
        tests=str(len(report.results) + len(broken)),
        failures=str(report.failed),
        errors=str(len(broken)),
        skipped="0",
        time=f"{report.took:.3f}",
    )
    for result in report.results:
        _case(suite, result)
    for file in broken:
        case = xml.SubElement(suite, "testcase", classname=_class(report.folder, file), name=file.name, time="0")
        told = [str(finding) for finding in report.unreadable if finding.place.file == file]
        error = xml.SubElement(case, "error", message=_clean(told[0]), type="scenario")
        error.text = _clean("\n".join(told))
    out: bytes = xml.tostring(suites, encoding="utf-8", xml_declaration=True)
    return out


def _case(suite: xml.Element, result: Result) -> None:
    scenario = result.scenario
    case = xml.SubElement(
        suite,
        "testcase",
        classname=_class(scenario.file.parent.parent, scenario.file),
        name=_clean(scenario.name),
        time=f"{result.took:.3f}",
        file=str(scenario.file),
        line=str(scenario.place.line if scenario.place is not None else 1),
    )
    if not result.passed:
        first = result.findings[0]
        failure = xml.SubElement(case, "failure", message=_clean(first.message), type=first.code)
        failure.text = _clean("\n".join(str(finding) for finding in result.findings))
    heard = xml.SubElement(case, "system-out")
    heard.text = _clean("\n".join(result.played.phone.heard))


def _class(folder: Path, file: Path) -> str:
    return f"{folder.name}.{file.stem}"


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(letter for letter in text if letter in "\t\n" or (ord(letter) >= 32 and letter not in _NOT_XML))
