//! The JSON of the core's values.

use serde_json::{Value, json};

use super::schema::{
    Field, has, integer, list, may, maybe, object, of, pattern, schemas, tagged, text, truth, words,
};

/// 26 characters of base32; the first carries three bits.
fn id(prefix: &str, of_what: &str) -> Value {
    pattern(
        &format!("The id of {of_what}."),
        &format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"),
        &format!("{prefix}_01h455vb4pex5vsknk084sn02q"),
    )
}

schemas! {
    OrganizationId = id("org", "an organization");
    PersonId = id("per", "a person");
    InvitationId = id("inv", "an invitation");
    SessionId = id("ses", "a session");
    PolicyId = id("pol", "a policy");
    OfferSetId = id("ofs", "a search");
    OfferId = id("off", "an offer");
    TripId = id("trip", "a trip");
    ItemId = id("itm", "an item of a trip");
    ApprovalId = id("apr", "a request for approval");
    OrderId = id("ord", "an order");
    AttemptId = id("att", "a call to a supplier");
    AuditId = id("aud", "a line of the audit log");

    Timestamp = json!({ "type": "string", "format": "date-time", "description": "An instant in UTC." });
    Date = json!({ "type": "string", "format": "date", "description": "A day of the calendar." });
    Digest = pattern("A SHA-256.", "^[0-9a-f]{64}$", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    Airport = pattern("An airport's IATA code.", "^[A-Z]{3}$", "FRA");
    Terminus = pattern("The IATA code of an airport or a city.", "^[A-Z]{3}$", "LON");
    Airline = pattern("An airline's IATA designator.", "^[A-Z0-9]{2}$", "LH");
    Country = pattern("A country by ISO 3166-1 alpha-2.", "^[A-Z]{2}$", "DE");
    Currency = pattern("A currency by ISO 4217.", "^[A-Z]{3}$", "EUR");
    Money = object("An exact amount.", [
        has("amount", json!({ "type": "string", "pattern": "^-?[0-9]+(\\.[0-9]+)?$", "examples": ["412.50"] }), "A decimal with the digits its currency has."),
        has("currency", of("Currency"), ""),
    ]);
    LocalTime = object("What a clock on the wall of a place shows.", [
        has("civil", json!({ "type": "string", "examples": ["2026-03-02T09:30:00"] }), "Day and time, without a zone."),
        has("zone", json!({ "type": "string", "examples": ["Europe/Berlin"] }), "The IANA zone of the place."),
    ]);
    Cabin = words(&["economy", "premium_economy", "business", "first"]);
    SupplierRef = object("A thing at a supplier.", [
        has("supplier", text(), "The supplier's short name."),
        has("id", text(), "The id it has there; opaque."),
    ]);

    PassengerKind = words(&["adult", "child", "infant"]);
    SearchRequest = object("What was looked for.", [
        has("slices", list(of("SearchSlice")), ""),
        has("passengers", list(of("SearchPassenger")), ""),
        may("cabin", of("Cabin"), ""),
        may("max_connections", integer(), ""),
    ]);
    SearchSlice = object("One direction of a search.", [
        has("origin", of("Terminus"), "Where to leave from."),
        has("destination", of("Terminus"), "Where to go to."),
        has("departure_date", of("Date"), "The day of departure at the origin."),
    ]);
    SearchPassenger = object("One passenger of a search.", [
        has("kind", of("PassengerKind"), ""),
        maybe("age", integer(), "In years, on the last day of travel."),
    ]);
    Offer = object("What a supplier would sell, for all slices and passengers.", offer());
    OfferPassenger = object("A passenger an offer is for.", [
        has("supplier_id", text(), "The supplier's id of the place."),
        has("kind", of("PassengerKind"), ""),
    ]);
    Slice = object("One direction of a journey.", [
        has("segments", list(of("Segment")), "The flights, in the order they are flown."),
        may("duration_minutes", integer(), "From first departure to last arrival; null when the supplier doesn't say."),
        may("fare_brand", text(), "The airline's name for the fare."),
    ]);
    Segment = object("One flight under one number.", segment());
    Stop = object("A landing on the way.", [
        has("airport", of("Airport"), ""),
        may("duration_minutes", integer(), "Minutes on the ground; null when the supplier doesn't say."),
    ]);
    Condition = tagged("allowed", "What a fare allows before departure.", [
        ("unknown", "The supplier doesn't say.", vec![]),
        ("no", "Not allowed.", vec![]),
        ("yes", "Allowed.", vec![may("penalty", of("Money"), "What it costs; null when the supplier doesn't say.")]),
    ]);
    HoldTerms = tagged("kind", "Whether seats can be held without paying.", [
        ("none", "Only bought at once.", vec![]),
        ("price_guaranteed", "Seat and price are safe.", vec![
            has("price_until", of("Timestamp"), "Until when the price can't rise."),
            has("pay_by", of("Timestamp"), "Until when it must be paid."),
        ]),
        ("seat_only", "The seat is safe, the price isn't.", vec![
            has("pay_by", of("Timestamp"), "Until when it must be paid."),
        ]),
    ]);

    Assessment = object("What the policy makes of something, rule by rule.", [
        has("outcome", of("Outcome"), "Everything the rules ask for, merged."),
        has("findings", list(of("Finding")), "Each rule in scope."),
        maybe("exempted", list(of("Exempted")), "Rules that didn't hold because of exemptions."),
        has("policies", list(of("PolicyRef")), "The policies in force that cover the traveler."),
        has("facts_digest", of("Digest"), "Of the facts it was made from."),
        has("engine", text(), "The engine's version."),
        has("assessed_at", of("Timestamp"), "The moment it was made for."),
        maybe("nearest", of("OfferId"), "The nearest offer within policy; left out when this one is within, or none is."),
    ]);
    Level = words(&["allow", "warn", "justify", "approve", "deny", "hide"]);
    Headline = words(&["within", "unknown", "outside"]);
    Outcome = object("What has to happen.", [
        has("visibility", words(&["show", "mark", "demote", "hide"]), "How it is shown."),
        has("bookability", words(&["bookable", "agent_only", "not_bookable"]), "Who can book it."),
        has("approval", of("ApprovalNeed"), "How somebody else is involved."),
        has("evidence", words(&["none", "reason_code", "code_and_text", "attachment"]), "What the traveler gives as a reason."),
        has("payment", words(&["any", "named", "split"]), "From what it is paid."),
        maybe("obligations", of("Obligations"), ""),
    ]);
    ApprovalNeed = words(&["none", "notify", "soft", "hard", "before_booking"]);
    Obligations = object("What comes along with an outcome.", [
        maybe("reasons", list(text()), "Reason codes to choose from."),
        maybe("approvers", list(list(text())), "Consents needed, each of them; any of those named can give it."),
        maybe("notify", list(text()), "Who is told."),
        maybe("amount_limits", list(of("Money")), "Most the company pays."),
    ]);
    Finding = object("What one rule found.", [
        has("policy", of("PolicyId"), ""),
        has("rule", text(), "The rule's name in its policy."),
        has("kind", text(), "The rule's kind, such as `air.price_cap`."),
        has("verdict", words(&["not_applicable", "within", "unknown", "outside"]), ""),
        has("basis", text(), "What the verdict rests on: for `unknown`, what is missing."),
        maybe("limit", of("Quantity"), "What the rule allows."),
        maybe("actual", of("Quantity"), "What was found."),
        maybe("context", of("Quantity"), "What the limit came from."),
        maybe("outcome", of("Outcome"), "What the rule asks for; left out when nothing."),
        maybe("lost", list(of("RuleRef")), "Less specific rules that stood back for this one."),
    ]);
    RuleRef = object("A rule of a policy.", [has("policy", of("PolicyId"), ""), has("rule", text(), "")]);
    Exempted = object("A rule that didn't hold because of an exemption.", [
        has("policy", of("PolicyId"), ""),
        has("rule", text(), ""),
        has("exemption", text(), "The grant's name in its policy."),
        has("granted_by", of("PersonId"), ""),
    ]);
    Quantity = quantity();
    PolicyRef = object("One version of one policy.", [
        has("id", of("PolicyId"), ""),
        has("version", integer(), ""),
        has("title", text(), ""),
        has("digest", of("Digest"), "Of its document."),
    ]);
    PolicyState = tagged("state", "Whether a policy holds.", [
        ("draft", "Not yet.", vec![]),
        ("published", "Since then.", vec![has("at", of("Timestamp"), ""), has("by", of("PersonId"), "")]),
        ("retired", "No longer.", vec![has("at", of("Timestamp"), ""), has("by", of("PersonId"), "")]),
    ]);
    PolicyDocument = policy_document();

    Reason = object("Why a trip is outside the policy.", [
        has("code", text(), "One of the organization's reason codes."),
        may("text", text(), "More words."),
    ]);
    TripState = tagged("state", "How far a trip has come.", [
        ("draft", "Can be changed.", vec![may("reopened", object("Why it is a draft again.", [
            has("at", of("Timestamp"), ""), has("why", text(), ""),
        ]), "")]),
        ("submitted", "Waits for approval.", vec![has("at", of("Timestamp"), ""), has("approval", of("ApprovalId"), "")]),
        ("cleared", "May be bought.", vec![has("at", of("Timestamp"), ""), may("approval", of("ApprovalId"), "Null when nobody had to be asked.")]),
        ("canceled", "Not made.", vec![has("at", of("Timestamp"), "")]),
    ]);
    TripStatus = words(&["draft", "awaiting_approval", "booking", "needs_attention", "booked", "ticketed", "canceling", "canceled", "completed"]);
    TripAction = words(&["edit", "submit", "cancel", "quote_cancellation"]);
    Lint = object("What a careful colleague would notice.", [
        has("code", text(), "What it is, such as `connection_short`."),
        has("severity", words(&["note", "warning", "error"]), ""),
        has("items", list(of("ItemId")), "The items it is about; empty when it is the whole trip."),
        has("facts", json!({ "type": "object" }), "Its numbers, by code."),
        has("sentence", text(), "The same for people."),
    ]);
    Item = item();
    Stay = object("A planned hotel stay.", [
        has("property", text(), "The property's name."),
        has("place", of("Terminus"), "The town it is in."),
        has("check_in", of("Date"), "First night."),
        has("check_out", of("Date"), "Morning of departure."),
        has("nightly", of("Money"), "What a night costs, without taxes."),
        may("nightly_tax", of("Money"), "Taxes and mandatory fees a night; null when not known."),
        may("stars", integer(), "1 to 5; null when not known."),
        may("refundable", truth(), "Null when not known."),
    ]);
    NewItem = tagged("kind", "An item of a new trip.", [
        ("flight", "An offer of a search.", vec![
            has("offer_set", of("OfferSetId"), "The search."),
            has("offer", of("OfferId"), "The offer."),
        ]),
        ("stay", "A hotel stay that the traveler arranges.", vec![has("stay", of("NewStay"), "")]),
    ]);
    NewStay = object("A planned hotel stay.", [
        has("property", text(), "The property's name."),
        has("place", of("Terminus"), "The airport or city code of the town it is in."),
        has("check_in", of("Date"), "First night."),
        has("check_out", of("Date"), "Morning of departure."),
        has("nightly", of("Money"), "What a night costs, without taxes."),
        maybe("nightly_tax", of("Money"), "Taxes and mandatory fees a night, where known."),
        maybe("stars", integer(), "1 to 5, where known."),
        maybe("refundable", truth(), "Whether the money comes back when it is canceled in time, where known."),
    ]);
    ItineraryEntry = tagged("kind", "One line of an itinerary.", [
        ("flight", "One flight.", vec![
            has("item", of("ItemId"), ""),
            has("segment", of("Segment"), ""),
            may("booking_reference", text(), "The airline's locator; null while not booked."),
            has("tickets", list(of("Ticket")), "Empty until issued."),
            may("order_state", text(), "Null while nothing is ordered."),
            has("sandbox", truth(), "Whether this is play money."),
        ]),
        ("stay", "One stay.", vec![has("item", of("ItemId"), ""), has("stay", of("Stay"), "")]),
    ]);

    Booking = object("What a supplier booked.", [
        has("order", of("SupplierRef"), "The order at the supplier."),
        may("booking_reference", text(), "The airline's locator; null while it hasn't given one."),
        has("total", of("Money"), ""),
        has("tickets", list(of("Ticket")), "Empty until issued."),
        may("void_until", of("Timestamp"), "Until when canceling is free, where the supplier says."),
    ]);
    Ticket = object("What proves the right to fly.", [has("number", text(), ""), has("kind", text(), "In the supplier's words.")]);
    Hold = object("Until when seats are held.", [
        may("pay_by", of("Timestamp"), "Until when it must be paid."),
        may("price_until", of("Timestamp"), "Until when the price is safe; null when it isn't."),
    ]);
    CancellationQuote = object("What canceling would bring back.", [
        has("quote", of("SupplierRef"), "What a confirmation names."),
        has("refund", of("Refund"), ""),
        may("expires_at", of("Timestamp"), "When the quote ends, where the supplier says."),
    ]);
    Refund = object("What comes back, and how.", [
        may("amount", of("Money"), "Null when the supplier doesn't know yet."),
        has("to", json!({ "oneOf": [
            words(&["balance", "card", "airline_credit", "voucher", "nothing_paid"]),
            object("Something else, in the supplier's word.", [has("other", text(), "")]),
        ] }), "Where it goes."),
    ]);
    PastAttempt = object("A call to the supplier whose outcome is known.", [
        has("id", of("AttemptId"), ""),
        has("call", text(), "`hold`, `instant`, `pay` or `cancel`."),
        has("started_at", of("Timestamp"), ""),
        has("ended_at", of("Timestamp"), "When its outcome was known."),
        has("outcome", text(), "In one word."),
        has("reconciled", truth(), "Whether it was found out by look-up rather than by an answer."),
    ]);

    ApprovalBinding = object("What exactly is approved.", [
        has("digest", of("Digest"), "What a decision names."),
        has("total", list(of("Money")), "What everything cost when approval was asked for, one amount a currency."),
        has("tolerance", object("How far prices may rise.", [has("percent", text(), "")]), ""),
    ]);
    ApprovalStep = object("One consent that is needed.", [
        has("rule", words(&["any", "all"]), "Whether one of the approvers suffices."),
        has("approvers", list(of("PersonId")), "Who is asked."),
        has("decisions", list(object("An answer.", [
            has("by", of("PersonId"), ""),
            has("answer", words(&["approve", "reject"]), ""),
            may("comment", text(), ""),
            has("at", of("Timestamp"), ""),
        ])), "Who has answered what."),
    ]);
    Deadline = object("Until when, and why not later.", [
        has("at", of("Timestamp"), ""),
        has("reason", words(&["policy_window", "offer_expiry", "price_guarantee", "hold_payment", "departure"]), ""),
    ]);
    Silence = words(&["approve", "expire", "deny"]);
    ApprovalState = tagged("state", "Open or decided.", [
        ("pending", "Waits for decisions.", vec![]),
        ("approved", "Everybody who had to has agreed.", vec![has("at", of("Timestamp"), "")]),
        ("rejected", "Somebody has refused.", vec![has("at", of("Timestamp"), ""), has("by", of("PersonId"), ""), may("comment", text(), "")]),
        ("silent", "The deadline passed without an answer.", vec![has("at", of("Timestamp"), ""), has("meant", of("Silence"), "")]),
        ("withdrawn", "Not needed any more.", vec![has("at", of("Timestamp"), ""), has("why", text(), "")]),
    ]);

    Role = words(&["admin", "manager", "editor", "member", "viewer", "approver", "arranger", "finance", "auditor"]);
    TravelerProfile = object("What is known of somebody as a traveler.", profile());
    TravelDocument = object("A passport or identity card.", [
        has("number", text(), ""),
        has("issued_by", of("Country"), ""),
        has("expires_on", of("Date"), "The last day it is valid."),
    ]);

    Who = tagged("who", "Who acted.", [
        ("person", "A person.", vec![has("id", of("PersonId"), ""), has("roles", list(of("Role")), "Those held at the time.")]),
        ("system", "NestMap, when something fell due.", vec![]),
    ]);
    Subject = object("A thing by kind and id.", [
        has("kind", of("SubjectKind"), ""),
        has("id", text(), ""),
    ]);
    SubjectKind = words(&["organization", "person", "invitation", "session", "policy", "offer_set", "trip", "approval", "order"]);

    Problem = problem();
}

fn offer() -> Vec<Field> {
    vec![
        has("id", of("OfferId"), "Our id."),
        has("supplier", of("SupplierRef"), "The offer at the supplier."),
        may(
            "carrier",
            of("Airline"),
            "The airline that issues the ticket; null when its code is unknown.",
        ),
        has("carrier_name", text(), "That airline as the supplier names it."),
        has("total", of("Money"), "For all passengers, taxes included."),
        may(
            "tax",
            of("Money"),
            "Taxes and charges within the total; null when the supplier doesn't say.",
        ),
        has("slices", list(of("Slice")), "The directions of the journey."),
        has("passengers", list(of("OfferPassenger")), ""),
        has("refund", of("Condition"), "Money back before departure."),
        has("change", of("Condition"), "Another flight before departure."),
        has("hold", of("HoldTerms"), ""),
        has("expires_at", of("Timestamp"), "When the offer ends."),
        has(
            "documents_required",
            truth(),
            "Whether every passenger needs a travel document at booking.",
        ),
        may("emissions_grams", integer(), "Grams of CO2 for all passengers."),
        has("private_fares", list(text()), "Names of private or corporate fares in use."),
        has("sandbox", truth(), "Whether this is play money."),
    ]
}

fn segment() -> Vec<Field> {
    vec![
        has("origin", of("Airport"), ""),
        has("destination", of("Airport"), ""),
        has("departs", of("LocalTime"), "On the origin's clocks."),
        has("arrives", of("LocalTime"), "On the destination's clocks."),
        may(
            "duration_minutes",
            integer(),
            "From gate to gate; null when the supplier doesn't say.",
        ),
        may("marketing_carrier", of("Airline"), "The airline whose number the flight carries."),
        has("marketing_name", text(), "That airline as the supplier names it."),
        has("flight_number", text(), "Without the airline."),
        may("operating_carrier", of("Airline"), "The airline that flies."),
        may("cabin", of("Cabin"), ""),
        may("aircraft", text(), "The aircraft's IATA type code."),
        may("origin_terminal", text(), ""),
        may("destination_terminal", text(), ""),
        has("stops", list(of("Stop")), "Landings on the way without a change of flight number."),
        may("distance_km", integer(), "Great-circle kilometers."),
        may("checked_bags", integer(), "Included for each passenger."),
    ]
}

fn item() -> Value {
    let common = || {
        vec![
            has("id", of("ItemId"), ""),
            has("chosen_by", of("PersonId"), "Who chose it."),
            may(
                "assessment",
                of("Assessment"),
                "How the policy judged it when the trip was last drafted or submitted.",
            ),
            may("order", of("OrderId"), "The order that buys it."),
        ]
    };
    let with = |fields: Vec<Field>| common().into_iter().chain(fields).collect::<Vec<_>>();
    tagged(
        "kind",
        "One thing in a trip.",
        [
            (
                "flight",
                "A flight journey, bought from a supplier.",
                with(vec![
                    has("offer_set", of("OfferSetId"), "The search it was found in."),
                    has("offer", of("Offer"), ""),
                ]),
            ),
            (
                "stay",
                "A hotel stay that the traveler arranges.",
                with(vec![has("stay", of("Stay"), "")]),
            ),
        ],
    )
}

/// A limit or an actual value with its unit.
fn quantity() -> Value {
    let unit = |unit: &str, value: Value| {
        object("", [has("unit", json!({ "const": unit }), ""), has("value", value, "")])
    };
    json!({ "description": "A value with its unit.", "oneOf": [
        unit("money", of("Money")),
        unit("minutes", integer()),
        unit("days", integer()),
        unit("count", integer()),
        unit("cabin", of("Cabin")),
        unit("stars_tenths", integer()),
        unit("flexibility", words(&["none", "with_penalty", "full"])),
        unit("date", of("Date")),
        unit("codes", list(text())),
        unit("text", text()),
    ] })
}

/// The frame of a policy document; its rules have a language of their own.
fn policy_document() -> Value {
    json!({
        "type": "object",
        "description": "What a policy says. It is read strictly: every mistake is told with its path and what was expected.",
        "properties": {
            "schema": { "const": "nestmap.policy/1" },
            "title": { "type": "string" },
            "currency": of("Currency"),
            "effective": { "type": "object", "description": "Days of booking on which it holds: `from`, and `until` the day after the last." },
            "applies": { "type": "object", "description": "For whom it is; everyone when left out." },
            "definitions": { "type": "object", "description": "Country groups and carrier lists the rules name." },
            "domestic_groups": { "type": "array", "items": { "type": "string" } },
            "rates": { "type": "object" },
            "approvals": { "type": "object", "description": "How approvals asked for by its rules run." },
            "rules": { "type": "array", "items": {
                "type": "object",
                "description": "A rule: its name, its kind such as `air.price_cap`, that kind's parameters, and its outcome.",
                "properties": { "id": { "type": "string" }, "kind": { "type": "string" } },
                "required": ["id", "kind"],
            } },
            "exemptions": { "type": "array", "items": { "type": "object" } },
        },
        "required": ["schema", "title", "currency", "rules"],
        "additionalProperties": false,
    })
}

fn profile() -> Vec<Field> {
    vec![
        may("given_name", text(), "As in the travel document."),
        may("family_name", text(), "As in the travel document."),
        may("title", words(&["mr", "ms", "mrs", "miss", "dr"]), ""),
        may("gender", words(&["female", "male"]), "As in the travel document."),
        may("born_on", of("Date"), ""),
        may("phone", text(), "In E.164 form."),
        may("document", of("TravelDocument"), ""),
    ]
}

fn problem() -> Value {
    let codes: Vec<&str> = nestmap_core::Code::ALL.iter().map(|code| code.as_str()).collect();
    object(
        "Something that didn't work (RFC 9457).",
        [
            has("type", text(), "A URI that describes the code."),
            has("title", text(), "What the code means."),
            has("status", integer(), "The status of the answer."),
            has("detail", text(), "What went wrong, for people."),
            has("instance", text(), "The path that was asked."),
            has("code", words(&codes), "Stable; branch on this."),
            has("request_id", text(), "Tell it when you report the problem."),
            maybe("field", text(), "The field at fault, as a path."),
            maybe("expected", json!({}), "What was expected there."),
            maybe("details", json!({ "type": "object" }), "More facts, by code."),
        ],
    )
}
