//! Aircraft types and who flies which of them how far.

use serde_json::{Value, json};

use super::fares::Cabin;
use super::network::{Carrier, Model, Size};
use crate::sandbox::dice::Dice;

#[derive(Debug)]
pub(super) struct Aircraft {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    body: Body,
}

#[derive(Debug, PartialEq, Eq)]
enum Body {
    Propeller,
    Narrow,
    Wide,
}

macro_rules! aircraft {
    ($($code:literal $name:literal $body:ident;)*) => {
        pub(super) static AIRCRAFT: &[Aircraft] =
            &[$(Aircraft { code: $code, name: $name, body: Body::$body }),*];
    };
}

aircraft! {
    "AT7" "ATR 72" Propeller;
    "DH4" "De Havilland Dash 8-400" Propeller;
    "E75" "Embraer 175" Narrow;
    "E90" "Embraer 190" Narrow;
    "221" "Airbus A220-100" Narrow;
    "319" "Airbus A319" Narrow;
    "320" "Airbus A320" Narrow;
    "32N" "Airbus A320neo" Narrow;
    "321" "Airbus A321" Narrow;
    "738" "Boeing 737-800" Narrow;
    "7M8" "Boeing 737 MAX 8" Narrow;
    "333" "Airbus A330-300" Wide;
    "339" "Airbus A330-900" Wide;
    "359" "Airbus A350-900" Wide;
    "388" "Airbus A380-800" Wide;
    "773" "Boeing 777-300" Wide;
    "788" "Boeing 787-8" Wide;
    "789" "Boeing 787-9" Wide;
}

pub(super) fn aircraft(code: &str) -> &'static Aircraft {
    AIRCRAFT.iter().find(|aircraft| aircraft.code == code).expect("a code of the table above")
}

/// The type for a route; an airline keeps to one family per kind of route.
pub(super) fn for_route(
    seed: u64,
    carrier: &Carrier,
    kilometers: f64,
    smaller_end: Size,
) -> &'static Aircraft {
    let choices: &[&str] = match carrier.model {
        Model::LowCost => &["320", "32N", "738", "7M8"],
        _ if kilometers < 700.0 && smaller_end == Size::Small => &["AT7", "DH4"],
        Model::Regional if kilometers < 2_500.0 => &["E75", "E90", "221"],
        _ if kilometers < 4_500.0 => &["319", "320", "321", "738"],
        _ if carrier.code == "EK" => &["388", "773"],
        _ => &["333", "339", "359", "773", "788", "789"],
    };
    let mut dice = Dice::of(seed, &["aircraft", carrier.code, choices[0]]);
    let code: &&str = dice.pick(choices);
    aircraft(code)
}

/// Airlines that still carry a first class on their largest aircraft.
const FIRST: &str = "ZZ BA LH LX AF AA EK EY SQ CX JL NH KE TG QF AI SV WY";

impl Aircraft {
    pub(super) fn is_wide(&self) -> bool {
        self.body == Body::Wide
    }

    /// The cabins this airline sells on it, cheapest first.
    pub(super) fn cabins(&self, seed: u64, carrier: &Carrier) -> Vec<Cabin> {
        let premium = || Dice::of(seed, &["premium cabin", carrier.code]).chance(70);
        match (carrier.model, &self.body) {
            (Model::LowCost, _) | (_, Body::Propeller) => vec![Cabin::Economy],
            (_, Body::Narrow) => vec![Cabin::Economy, Cabin::Business],
            (_, Body::Wide) => {
                let mut cabins = vec![Cabin::Economy];
                cabins.extend((carrier.code == "ZZ" || premium()).then_some(Cabin::PremiumEconomy));
                cabins.push(Cabin::Business);
                cabins.extend(
                    FIRST.split(' ').any(|code| code == carrier.code).then_some(Cabin::First),
                );
                cabins
            }
        }
    }

    pub(super) fn id(&self) -> String {
        format!("arc_sandbox_{}", self.code.to_lowercase())
    }

    pub(super) fn json(&self) -> Value {
        json!({ "id": self.id(), "iata_code": self.code, "name": self.name })
    }
}
