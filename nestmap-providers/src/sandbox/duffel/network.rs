//! Which airline could fly where: hubs, reach and alliances, as a rough picture of the real ones.

use super::geography::{Airport, airport_named};
use crate::sandbox::dice::Dice;

/// How an airline does business; fares, cabins and reach follow from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Model {
    /// Full service with intercontinental flights.
    LongHaul,
    /// Full service within a region.
    Regional,
    /// One cabin, everything extra.
    LowCost,
}

/// Airlines of one alliance sell and carry each other's connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alliance {
    None,
    Oneworld,
    Sky,
    Star,
}

#[derive(Debug)]
pub(super) struct Carrier {
    pub(super) code: &'static str,
    pub(super) country: &'static str,
    pub(super) model: Model,
    pub(super) alliance: Alliance,
    /// Airport codes, separated by spaces.
    hubs: &'static str,
}

impl Carrier {
    pub(super) fn hubs(&self) -> impl Iterator<Item = &'static Airport> {
        self.hubs.split(' ').filter_map(airport_named)
    }

    fn has_hub(&self, airport: &Airport) -> bool {
        self.hubs.split(' ').any(|hub| hub == airport.iata)
    }
}

/// How much traffic an airport sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Size {
    Small,
    Medium,
    Large,
}

pub(super) fn size(airport: &Airport) -> Size {
    let listed = |list: &str| list.split_whitespace().any(|code| code == airport.iata);
    if listed(LARGE) {
        Size::Large
    } else if listed(MEDIUM) || CARRIERS.iter().any(|carrier| carrier.has_hub(airport)) {
        Size::Medium
    } else {
        Size::Small
    }
}

/// Whether the carrier has non-stop flights between the two, in both directions.
pub(super) fn flies(seed: u64, carrier: &Carrier, from: &Airport, to: &Airport) -> bool {
    match (carrier.has_hub(from), carrier.has_hub(to)) {
        // Between two hubs the order must not matter, or there would be no way back.
        (true, true) if from.iata < to.iata => serves(seed, carrier, from, to),
        (_, true) => serves(seed, carrier, to, from),
        (true, false) => serves(seed, carrier, from, to),
        (false, false) => false,
    }
}

fn serves(seed: u64, carrier: &Carrier, hub: &Airport, other: &Airport) -> bool {
    let distance = hub.distance_km(other);
    if distance < 120.0 || domestic_abroad(carrier, hub, other) {
        return false;
    }
    let same_country = carrier.country == other.country;
    let percent = likelihood(carrier.model, size(other), distance, same_country);
    let mut pair = [hub.iata, other.iata];
    pair.sort_unstable();
    Dice::of(seed, &["serves", carrier.code, pair[0], pair[1]]).chance(percent)
}

/// Airlines rarely fly within a foreign country; Europe's low-cost airlines do.
fn domestic_abroad(carrier: &Carrier, hub: &Airport, other: &Airport) -> bool {
    hub.country == other.country
        && hub.country != carrier.country
        && !matches!(carrier.code, "U2" | "FR" | "W6" | "VY" | "LA" | "SK")
}

fn likelihood(model: Model, size: Size, distance: f64, same_country: bool) -> i64 {
    let within = |kilometers: f64| distance <= kilometers;
    match (model, size) {
        (Model::LongHaul, Size::Large) if within(6_000.0) => 95,
        (Model::LongHaul, Size::Large) if within(12_000.0) => 75,
        (Model::LongHaul, Size::Large) if within(15_500.0) => 45,
        (Model::LongHaul, Size::Medium) if within(3_000.0) => 80,
        (Model::LongHaul, Size::Medium) if within(8_000.0) => 30,
        (Model::LongHaul, Size::Small) if same_country && within(3_500.0) => 75,
        (Model::LongHaul, Size::Small) if within(1_200.0) => 35,
        (Model::Regional, Size::Large) if within(3_500.0) => 90,
        (Model::Regional, Size::Large) if within(6_000.0) => 45,
        (Model::Regional, Size::Medium) if within(2_500.0) => 70,
        (Model::Regional, Size::Small) if same_country && within(2_500.0) => 85,
        (Model::Regional, Size::Small) if within(700.0) => 40,
        (Model::LowCost, Size::Large) if within(3_500.0) => 75,
        (Model::LowCost, Size::Medium) if within(3_000.0) => 60,
        (Model::LowCost, Size::Small) if same_country && within(2_000.0) => 40,
        (Model::LowCost, Size::Small) if within(1_500.0) => 8,
        _ => 0,
    }
}

/// The test airline that flies everywhere.
pub(super) static DUFFEL_AIRWAYS: Carrier = Carrier {
    code: "ZZ",
    country: "GB",
    model: Model::LongHaul,
    alliance: Alliance::None,
    hubs: "",
};

pub(super) fn carrier(code: &str) -> &'static Carrier {
    CARRIERS.iter().find(|carrier| carrier.code == code).unwrap_or(&DUFFEL_AIRWAYS)
}

macro_rules! carriers {
    ($($code:literal $country:literal $model:ident $alliance:ident $hubs:literal;)*) => {
        pub(super) static CARRIERS: &[Carrier] = &[$(Carrier {
            code: $code,
            country: $country,
            model: Model::$model,
            alliance: Alliance::$alliance,
            hubs: $hubs,
        }),*];
    };
}

carriers! {
    "BA" "GB" LongHaul Oneworld "LHR LGW LCY";
    "VS" "GB" LongHaul Sky "LHR MAN";
    "U2" "GB" LowCost None "LGW LTN BRS MAN EDI GVA MXP BER CDG NCE";
    "LS" "GB" LowCost None "LBA MAN STN BHX GLA";
    "EI" "IE" LongHaul None "DUB";
    "FR" "IE" LowCost None "DUB STN BGY CRL MAD MAN VIE CIA";
    "LH" "DE" LongHaul Star "FRA MUC";
    "EW" "DE" LowCost None "DUS CGN HAM STR";
    "LX" "CH" LongHaul Star "ZRH GVA";
    "OS" "AT" LongHaul Star "VIE";
    "SN" "BE" LongHaul Star "BRU";
    "LG" "LU" Regional None "LUX";
    "AF" "FR" LongHaul Sky "CDG ORY";
    "TO" "FR" LowCost None "ORY NTE LYS";
    "KL" "NL" LongHaul Sky "AMS";
    "IB" "ES" LongHaul Oneworld "MAD";
    "VY" "ES" LowCost None "BCN FCO ORY";
    "TP" "PT" LongHaul Star "LIS OPO";
    "AZ" "IT" LongHaul None "FCO LIN";
    "AY" "FI" LongHaul Oneworld "HEL";
    "SK" "SE" LongHaul Sky "CPH ARN OSL";
    "DY" "NO" LowCost None "OSL BGO CPH";
    "FI" "IS" LongHaul None "KEF";
    "BT" "LV" Regional None "RIX TLL VNO";
    "LO" "PL" LongHaul Star "WAW";
    "W6" "HU" LowCost None "BUD LTN WAW OTP SOF";
    "OK" "CZ" Regional Sky "PRG";
    "RO" "RO" Regional Sky "OTP";
    "JU" "RS" Regional None "BEG";
    "OU" "HR" Regional Star "ZAG";
    "A3" "GR" Regional Star "ATH";
    "KM" "MT" Regional None "MLA";
    "TK" "TR" LongHaul Star "IST";
    "PC" "TR" LowCost None "SAW";
    "AA" "US" LongHaul Oneworld "DFW CLT MIA PHX PHL ORD JFK";
    "DL" "US" LongHaul Sky "ATL DTW MSP SLC JFK SEA LAX BOS";
    "UA" "US" LongHaul Star "ORD DEN IAH EWR SFO IAD LAX";
    "AS" "US" Regional Oneworld "SEA PDX ANC SFO";
    "WN" "US" LowCost None "DAL MDW DEN BWI LAS PHX HOU";
    "B6" "US" LowCost None "JFK BOS FLL MCO";
    "NK" "US" LowCost None "FLL MCO LAS DTW";
    "F9" "US" LowCost None "DEN MCO LAS ATL";
    "HA" "US" LongHaul None "HNL";
    "AC" "CA" LongHaul Star "YYZ YUL YVR";
    "WS" "CA" LongHaul None "YYC YYZ";
    "PD" "CA" Regional None "YTZ YOW";
    "AM" "MX" LongHaul Sky "MEX MTY";
    "Y4" "MX" LowCost None "GDL TIJ CUN";
    "CM" "PA" LongHaul Star "PTY";
    "AV" "CO" LongHaul Star "BOG SAL";
    "LA" "CL" LongHaul None "SCL GRU LIM BOG";
    "G3" "BR" LowCost None "GRU GIG BSB CGH";
    "AD" "BR" LowCost None "VCP CNF REC";
    "AR" "AR" LongHaul Sky "EZE AEP";
    "BW" "TT" Regional None "POS";
    "UP" "BS" Regional None "NAS";
    "EK" "AE" LongHaul None "DXB";
    "FZ" "AE" LowCost None "DXB";
    "EY" "AE" LongHaul None "AUH";
    "G9" "AE" LowCost None "SHJ";
    "QR" "QA" LongHaul Oneworld "DOH";
    "SV" "SA" LongHaul Sky "JED RUH";
    "XY" "SA" LowCost None "RUH JED";
    "GF" "BH" LongHaul None "BAH";
    "WY" "OM" LongHaul Oneworld "MCT";
    "KU" "KW" LongHaul None "KWI";
    "RJ" "JO" Regional Oneworld "AMM";
    "ME" "LB" Regional Sky "BEY";
    "LY" "IL" LongHaul None "TLV";
    "MS" "EG" LongHaul Star "CAI";
    "AT" "MA" LongHaul Oneworld "CMN";
    "TU" "TN" Regional None "TUN";
    "AH" "DZ" Regional None "ALG";
    "ET" "ET" LongHaul Star "ADD";
    "KQ" "KE" LongHaul Sky "NBO";
    "WB" "RW" Regional None "KGL";
    "TC" "TZ" Regional None "DAR";
    "SA" "ZA" LongHaul Star "JNB";
    "FA" "ZA" LowCost None "JNB CPT DUR";
    "DT" "AO" Regional None "LAD";
    "HF" "CI" Regional None "ABJ";
    "MK" "MU" LongHaul None "MRU";
    "AI" "IN" LongHaul Star "DEL BOM";
    "6E" "IN" LowCost None "DEL BOM BLR HYD";
    "UL" "LK" LongHaul Oneworld "CMB";
    "BG" "BD" Regional None "DAC";
    "PK" "PK" Regional None "ISB KHI LHE";
    "RA" "NP" Regional None "KTM";
    "KC" "KZ" Regional None "ALA NQZ";
    "HY" "UZ" Regional None "TAS";
    "J2" "AZ" Regional None "GYD";
    "OM" "MN" Regional None "UBN";
    "SQ" "SG" LongHaul Star "SIN";
    "TR" "SG" LowCost None "SIN";
    "MH" "MY" LongHaul Oneworld "KUL";
    "AK" "MY" LowCost None "KUL PEN BKI";
    "TG" "TH" LongHaul Star "BKK";
    "FD" "TH" LowCost None "DMK CNX HKT";
    "VN" "VN" LongHaul Sky "HAN SGN";
    "VJ" "VN" LowCost None "SGN HAN DAD";
    "GA" "ID" LongHaul Sky "CGK DPS";
    "QG" "ID" LowCost None "CGK SUB";
    "BI" "BN" Regional None "BWN";
    "PR" "PH" LongHaul None "MNL";
    "5J" "PH" LowCost None "MNL CEB";
    "CX" "HK" LongHaul Oneworld "HKG";
    "UO" "HK" LowCost None "HKG";
    "CI" "TW" LongHaul Sky "TPE";
    "BR" "TW" LongHaul Star "TPE";
    "NH" "JP" LongHaul Star "HND NRT";
    "JL" "JP" LongHaul Oneworld "HND NRT";
    "MM" "JP" LowCost None "KIX NRT";
    "KE" "KR" LongHaul Sky "ICN";
    "OZ" "KR" LongHaul Star "ICN";
    "7C" "KR" LowCost None "ICN GMP";
    "CA" "CN" LongHaul Star "PEK CTU";
    "MU" "CN" LongHaul Sky "PVG SHA";
    "CZ" "CN" LongHaul None "CAN PKX";
    "HU" "CN" LongHaul None "PEK HAK";
    "QF" "AU" LongHaul Oneworld "SYD MEL BNE PER";
    "JQ" "AU" LowCost None "MEL SYD";
    "VA" "AU" Regional None "BNE SYD MEL";
    "NZ" "NZ" LongHaul Star "AKL CHC WLG";
    "FJ" "FJ" LongHaul Oneworld "NAN";
    "TN" "PF" LongHaul None "PPT";
    "SB" "NC" Regional None "NOU";
    "PX" "PG" Regional None "POM";
}

const LARGE: &str = "
    LHR LGW MAN EDI DUB CDG ORY NCE AMS FRA MUC BER DUS HAM ZRH GVA VIE BRU MAD BCN AGP PMI LIS
    FCO MXP ATH CPH OSL ARN HEL WAW PRG BUD OTP IST SAW
    ATL DFW DEN ORD LAX JFK LAS MCO MIA CLT SEA PHX EWR SFO IAH BOS FLL MSP LGA DTW PHL SLC BWI
    DCA SAN IAD TPA AUS BNA YYZ YVR YUL YYC MEX CUN
    GRU BOG LIM SCL EZE GIG PTY
    DXB DOH AUH JED RUH TLV CAI CMN ADD NBO JNB CPT LOS
    DEL BOM BLR MAA HYD CCU SIN KUL BKK SGN HAN CGK DPS MNL HKG TPE
    HND NRT KIX FUK CTS ICN PEK PVG CAN SZX CTU PKX SHA SYD MEL BNE PER AKL";

const MEDIUM: &str = "
    LCY STN LTN SEN BHX BRS GLA NCL LPL EMA BFS BHD ABZ CWL LBA SOU ORK SNN
    LYS MRS TLS NTE BOD MPL BSL LIL STR CGN HAJ NUE LEJ DRS BRE FMO DTM GRZ SZG INN LNZ
    EIN RTM LUX CRL BIO SVQ VLC ALC IBZ LPA TFS TFN ACE FUE OPO FAO FNC VCE NAP BLQ PSA FLR CTA
    PMO BRI TRN VRN CAG OLB BGY CIA LIN SKG HER RHO CFU JMK JTR MLA LCA PFO ZAG SPU DBV LJU BEG
    SOF SKP TIA TGD SJJ CLJ KRK GDN WRO KTW POZ BTS KSC RIX TLL VNO GOT BLL AAL BGO SVG TRD TOS
    TMP OUL RVN KEF AYT ADB ESB DLM TBS EVN GYD
    MDW DAL HOU SJC OAK SNA BUR ONT SMF PDX SAT STL CLE CMH CVG IND PIT MCI MKE RDU JAX RSW PBI
    MSY MEM BDL PVD ALB BUF ROC SYR RIC ORF CHS SAV GSP ABQ TUS ELP OKC TUL OMA DSM BOI GEG RNO
    ANC FAI HNL OGG KOA LIH SJU YOW YEG YWG YHZ YQB YYJ YTZ GDL MTY TIJ SJD PVR
    SJO SAL GUA MGA SAP HAV PUJ SDQ MBJ KIN NAS BGI POS CUR AUA UIO GYE CTG MDE CLO CCS LPB VVI
    ASU MVD COR MDZ AEP BSB CNF POA CWB REC SSA FOR VCP SDU CGH CUZ
    AMM BEY KWI BAH MCT SHJ DWC DMM MED ALG TUN LXR HRG SSH ACC ABJ DKR DSS ABV LAD LUN HRE DAR
    ZNZ KGL EBB MBA DUR MRU SEZ RUN WDH MPM SID RAI
    KHI LHE ISB CMB MLE DAC KTM GOI COK TRV AMD PNQ JAI LKO ATQ ALA NQZ TAS
    PEN BKI KCH LGK DMK HKT CNX USM KBV DAD CXR RGN VTE SUB JOG UPG KNO CEB DVO CRK KHH
    RMQ MFM OKA NGO ITM HIJ SDJ KOJ GMP PUS CJU TAO HGH NKG WUH XIY CKG KMG XMN CSX CGO TSN DLC
    SHE HRB URC SYX HAK UBN CNS OOL ADL CBR HBA DRW CHC WLG ZQN NAN PPT NOU POM";

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: &str) -> &'static Airport {
        airport_named(code).expect("a known airport")
    }

    #[test]
    fn every_listed_airport_exists() {
        for carrier in CARRIERS {
            for hub in carrier.hubs.split(' ') {
                assert!(airport_named(hub).is_some(), "{} has no hub {hub}", carrier.code);
            }
        }
        for code in LARGE.split_whitespace().chain(MEDIUM.split_whitespace()) {
            assert!(airport_named(code).is_some(), "{code} is not an airport");
        }
    }

    #[test]
    fn every_carrier_has_a_name() {
        for carrier in CARRIERS {
            assert_ne!(super::super::geography::airline_name(carrier.code), carrier.code);
        }
    }

    #[test]
    fn a_route_is_flown_in_both_directions() {
        for carrier in CARRIERS {
            for hub in carrier.hubs() {
                let there = flies(3, carrier, hub, named("CDG"));
                assert_eq!(there, flies(3, carrier, named("CDG"), hub), "{}", carrier.code);
            }
        }
    }

    #[test]
    fn nobody_flies_between_two_airports_that_are_no_hub_of_theirs() {
        assert!(!flies(1, carrier("BA"), named("FRA"), named("MUC")));
        assert!(!flies(1, carrier("LH"), named("LHR"), named("JFK")));
    }
}
