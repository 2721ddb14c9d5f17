#!/usr/bin/env python3
"""Writes the reference tables of nestmap-core/data from pinned, freely licensed packages.

    scripts/generate-tables.py            write the tables and the licence files
    scripts/generate-tables.py --check    compare with the committed files, exit 1 on a difference

The packages come from PyPI and npm through `pip` and `npm`, each in one pinned version whose
archive must have the digest written below, so two runs write the same bytes. Nothing of the
packages is executed; only their data files are read.
"""

import argparse
import ast
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as xml
import zipfile
import zoneinfo
from collections import defaultdict
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "nestmap-core" / "data"
KNOWN_AIRLINES = ROOT / "scripts" / "airlines-known.tsv"


@dataclass(frozen=True)
class Package:
    registry: str
    name: str
    version: str
    licence: str
    licence_file: str
    sha256: str

    @property
    def title(self):
        return f"{self.name} {self.version} ({self.licence}, {self.registry})"


AIRPORTS = Package(
    "PyPI", "airportsdata", "20260905", "MIT",
    "airportsdata-20260905.dist-info/licenses/LICENSE",
    "d7eaa9a57d373b0adaaae0d52da2af0bb0edf73f7baa170f7c415d3342bf4868",
)  # fmt: skip
CURRENCIES = Package(
    "PyPI", "iso4217", "1.16.20260101", "public domain",
    "iso4217-1.16.20260101.dist-info/METADATA",
    "69c591b93c7d783ec8c309ebee8df1aa28f8403d44bcce518ae8db050462084b",
)  # fmt: skip
COUNTRIES = Package(
    "npm", "countries-list", "3.4.1", "MIT",
    "package/LICENSE",
    "572934a82137ec58a84a3e32635ec589cb9788e8df408f15677c71009d2adff2",
)  # fmt: skip
# Names of the airlines people know, kept up to date by hand in that project.
CURATED_AIRLINES = Package(
    "npm", "@faker-js/faker", "10.6.0", "MIT",
    "package/LICENSE",
    "13b79ed894af1a52a624fdb144384e1fd6c4afc1a30488830d3be64924333674",
)  # fmt: skip
# The long tail, designator and name only. The package doesn't say how it collected them.
ALL_AIRLINES = Package(
    "PyPI", "flights", "0.9.0", "MIT",
    "flights-0.9.0.dist-info/licenses/LICENSE.txt",
    "77a7cf2a2d8324706edd2bf1fc320fc9165d51ab059275b13f858475defd9beb",
)  # fmt: skip
PACKAGES = [AIRPORTS, CURRENCIES, COUNTRIES, CURATED_AIRLINES, ALL_AIRLINES]

# Members of IATA's metropolitan areas that the package's list leaves out.
CITY_ADDITIONS = {
    "EWR": ("NYC", "New York"),
    "SEN": ("LON", "London"),
    "BVA": ("PAR", "Paris"),
    "NYO": ("STO", "Stockholm"),
    "VST": ("STO", "Stockholm"),
    "ZIA": ("MOW", "Moscow"),
    "YUL": ("YMQ", "Montreal"),
    "YHU": ("YMQ", "Montreal"),
}
CONTINENTS = {"AF", "AN", "AS", "EU", "NA", "OC", "SA"}


# Reading packages


class Archive:
    """The files of one downloaded package, by their path inside it."""

    def __init__(self, package, path):
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != package.sha256:
            sys.exit(f"{package.title}: the archive's digest is {digest}, expected {package.sha256}")
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                self.files = {name: wheel.read(name) for name in wheel.namelist()}
        else:
            with tarfile.open(path) as tarball:
                members = [member for member in tarball.getmembers() if member.isfile()]
                self.files = {m.name: tarball.extractfile(m).read() for m in members}

    def text(self, name):
        return self.files[name].decode("utf-8")

    def find(self, pattern):
        """The text of every file whose path matches, in the order of the paths."""
        names = sorted(name for name in self.files if re.fullmatch(pattern, name))
        return [self.text(name) for name in names]


def download(package, folder):
    target = folder / f"{package.registry}-{package.name.replace('/', '-')}"
    target.mkdir()
    wanted = f"{package.name}=={package.version}"
    if package.registry == "PyPI":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(target), wanted]
    else:
        command = ["npm", "pack", "--silent", "--pack-destination", str(target)]
        command += [wanted.replace("==", "@")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (path,) = target.iterdir()
    return Archive(package, path)


def clean(text):
    """One line, single spaces: a cell must hold neither tab nor line end."""
    return " ".join(text.split())


def micro_degrees(text):
    return int((Decimal(text) * 1_000_000).to_integral_value(rounding=ROUND_HALF_EVEN))


# The tables: each function returns rows of strings, the key first


def airport_rows(archive):
    """Every place with an IATA code, the last cell (its metropolitan area) still its own code."""
    zones = zoneinfo.available_timezones()
    for row in csv.DictReader(io.StringIO(archive.text("airportsdata/airports.csv"))):
        iata = row["iata"]
        if not iata:
            continue
        if row["tz"] not in zones:
            sys.exit(f"airport {iata}: `{row['tz']}` is no time zone")
        yield [
            iata,
            row["icao"],
            clean(row["name"]),
            clean(row["city"]),
            row["country"],
            clean(row["subd"]),
            str(micro_degrees(row["lat"])),
            str(micro_degrees(row["lon"])),
            row["tz"],
            iata,
        ]


def city_groups(archive, country_of):
    """City code → (name, country, airports): IATA's metropolitan areas."""
    members = {}
    for row in csv.DictReader(io.StringIO(archive.text("airportsdata/iata_macs.csv"))):
        members[row["Airport Code"]] = (row["City Code"], clean(row["City Name"]))
    groups = {}
    for airport, (code, name) in {**members, **CITY_ADDITIONS}.items():
        # The airports' own country: the list has Saint Lucia's wrong.
        country = country_of[airport]
        group = groups.setdefault(code, (name, country, set()))
        if group[:2] != (name, country):
            sys.exit(f"city {code}: {group[:2]} and {(name, country)}")
        group[2].add(airport)
        # An airport with the code of the area belongs to it (Johannesburg).
        if code in country_of:
            group[2].add(code)
    return groups


def city_rows(groups):
    for code, (name, country, airports) in groups.items():
        yield [code, name, country, ",".join(sorted(airports))]


def country_rows(archive):
    alpha3 = json.loads(archive.text("package/minimal/countries.2to3.min.json"))
    for alpha2, country in json.loads(archive.text("package/countries.min.json")).items():
        # Ascension and Tristan da Cunha belong to SH; ISO 3166-1 only reserves their codes.
        # Kosovo's XK is user-assigned, but airlines, airports and banks all use it.
        if alpha2 in {"AC", "TA"}:
            continue
        if country["continent"] not in CONTINENTS:
            sys.exit(f"country {alpha2}: `{country['continent']}` is no continent")
        yield [alpha2, alpha3[alpha2], clean(country["name"]), country["continent"]]


def currency_rows(archive):
    rows = {}
    for entry in xml.fromstring(archive.text("iso4217/table.xml")).iter("CcyNtry"):
        exponent = entry.findtext("CcyMnrUnts")
        # `N.A.` marks what isn't paid with: metals, drawing rights, test codes.
        if exponent is None or not exponent.isdigit():
            continue
        code = entry.findtext("Ccy")
        rows[code] = [code, entry.findtext("CcyNbr"), exponent, clean(entry.findtext("CcyNm"))]
    return rows.values()


def curated_airline_names(archive):
    """The English airline list of faker: `{name:`Aegean Airlines`,iataCode:`A3`}`."""
    names = {}
    entry = re.compile(r"""\{name:(?P<q>[`'"])(?P<name>.+?)(?P=q),iataCode:(?P<r>[`'"])(?P<iata>[A-Z0-9]{2})(?P=r)\}""")
    for text in archive.find(r"package/dist/en-[^/]+\.js"):
        for match in entry.finditer(text):
            names[match["iata"]] = clean(match["name"])
    if len(names) < 100:
        sys.exit(f"only {len(names)} airlines found in {CURATED_AIRLINES.title}")
    return names


def all_airline_names(archive):
    """`AIRLINE_NAMES` of the flight search library; a leading `_` marks codes that start with a digit."""
    module = ast.parse(archive.text("fli/models/airline.py"))
    (literal,) = [
        node.value
        for node in module.body
        if isinstance(node, ast.AnnAssign) and node.target.id == "AIRLINE_NAMES"
    ]
    return {code.removeprefix("_"): clean(name) for code, name in ast.literal_eval(literal).items()}


def known_airlines():
    lines = KNOWN_AIRLINES.read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {iata: (icao, country, name) for iata, icao, country, name in rows}


def airline_rows(curated, everything):
    """One row per designator. IATA reuses designators, so the rule who gets one is: the hand-kept
    list first, then the curated package, then the long tail. Left out are airlines the hand-kept
    list marks as closed, and 1A to 1Z, which IATA gives to reservation systems."""
    names = {**everything, **curated}
    facts = {}
    for iata, (icao, country, name) in known_airlines().items():
        if name == "-":
            names.pop(iata, None)
            continue
        facts[iata] = (icao, country)
        if name:
            names[iata] = name
        if iata not in names:
            sys.exit(f"{KNOWN_AIRLINES.name}: `{iata}` needs a name, no package has one")
    # Duffel's own airline, which answers in its test mode. The designator belongs to nobody.
    names["ZZ"] = "Duffel Airways"
    for iata, name in names.items():
        if not re.fullmatch(r"1[A-Z]", iata):
            yield [iata, facts.get(iata, ("", ""))[0], name, facts.get(iata, ("", ""))[1]]


# Writing


def table(note, rows):
    rows = sorted(rows, key=lambda row: row[0].encode("utf-8"))
    for before, after in zip(rows, rows[1:]):
        if before[0] == after[0]:
            sys.exit(f"`{after[0]}` occurs twice in {note}")
    lines = [f"# {note}"] + ["\t".join(row) for row in rows]
    return "\n".join(lines) + "\n"


def licence_text(package, archive):
    text = archive.text(package.licence_file)
    if package is CURRENCIES:
        # The package carries its dedication in its metadata only.
        kept = ("Name:", "Version:", "Author:", "License:", "Classifier: License")
        text = "\n".join(line for line in text.splitlines() if line.startswith(kept)) + "\n"
    return text.replace("\r\n", "\n")


def licence_name(package):
    return "LICENSE-" + package.name.removeprefix("@").replace("/", "-")


def build(folder):
    """File name → content of everything this script owns in nestmap-core/data."""
    archives = {package.name: download(package, folder) for package in PACKAGES}
    airports = archives[AIRPORTS.name]
    airport_table = list(airport_rows(airports))
    groups = city_groups(airports, {row[0]: row[4] for row in airport_table})
    city_of = {airport: code for code, group in groups.items() for airport in group[2]}
    for row in airport_table:
        row[-1] = city_of.get(row[0], row[0])
    country_table = list(country_rows(archives[COUNTRIES.name]))
    airline_table = list(
        airline_rows(
            curated_airline_names(archives[CURATED_AIRLINES.name]),
            all_airline_names(archives[ALL_AIRLINES.name]),
        )
    )
    refuse_unknown_countries(airport_table, country_table, airline_table)

    files = {
        "airports.tsv": table(AIRPORTS.title, airport_table),
        "cities.tsv": table(AIRPORTS.title, city_rows(groups)),
        "airlines.tsv": table(
            f"{CURATED_AIRLINES.title}, {ALL_AIRLINES.title}, scripts/{KNOWN_AIRLINES.name}",
            airline_table,
        ),
        "countries.tsv": table(COUNTRIES.title, country_table),
        "currencies.tsv": table(CURRENCIES.title, currency_rows(archives[CURRENCIES.name])),
    }
    for package in PACKAGES:
        files[licence_name(package)] = licence_text(package, archives[package.name])
    return files


def refuse_unknown_countries(airports, countries, airlines):
    codes = {row[0] for row in countries}
    used = {row[4] for row in airports} | {row[3] for row in airlines if row[3]}
    if used - codes:
        sys.exit(f"countries without a row: {sorted(used - codes)}")


def check(files):
    different = [name for name, text in files.items() if read(DATA / name) != text.encode("utf-8")]
    for name in different:
        print(f"{DATA.relative_to(ROOT) / name} differs from what the packages give")
    return 1 if different else 0


def read(path):
    return path.read_bytes() if path.exists() else b""


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = build(Path(folder))
    if arguments.check:
        sys.exit(check(files))
    DATA.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (DATA / name).write_bytes(text.encode("utf-8"))
        rows = text.count("\n") - 1
        print(f"{DATA.relative_to(ROOT) / name}: {rows} rows" if name.endswith(".tsv") else name)


if __name__ == "__main__":
    main()
