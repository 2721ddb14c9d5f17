//! NestMap against named baselines, in the same run: `nestmap-benches [policy]`.

mod dice;
mod policy;
mod report;
mod rounds;

use report::Report;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    let mut report = Report::default();
    if wants("policy") {
        policy::run(&mut report);
    }
    println!("{}", report.text());
}
