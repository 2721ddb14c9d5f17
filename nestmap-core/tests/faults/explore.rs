//! Every sequence of choices with at most so many that aren't the first option.

use std::sync::{Arc, Mutex};

/// Answers which option is taken at each point of one run, and remembers what could have been.
#[derive(Clone, Default)]
pub struct Chooser(Arc<Mutex<Run>>);

#[derive(Default)]
struct Run {
    prefix: Vec<usize>,
    taken: Vec<(&'static str, usize, usize)>,
    calm: bool,
}

impl Chooser {
    fn following(prefix: Vec<usize>) -> Self {
        Self(Arc::new(Mutex::new(Run { prefix, taken: Vec::new(), calm: false })))
    }

    /// From now on nothing goes wrong, or things may go wrong again.
    pub fn calm(&self, calm: bool) {
        self.0.lock().expect("no run panics while it chooses").calm = calm;
    }

    /// The option to take at `point`, of `options`; 0 is the plain one.
    pub fn choose(&self, point: &'static str, options: usize) -> usize {
        let mut run = self.0.lock().expect("no run panics while it chooses");
        if run.calm {
            return 0;
        }
        let choice = run.prefix.get(run.taken.len()).copied().unwrap_or(0);
        run.taken.push((point, choice, options));
        choice
    }

    fn taken(&self) -> Vec<(&'static str, usize, usize)> {
        self.0.lock().expect("no run panics while it chooses").taken.clone()
    }
}

/// What exploring has found.
pub struct Explored {
    pub schedules: usize,
    pub complaints: Vec<(Vec<(&'static str, usize)>, String)>,
}

/// Runs `scenario` under every schedule with at most `faults_max` faults, fewest faults first.
pub fn explore(faults_max: usize, scenario: impl Fn(&Chooser) -> Result<(), String>) -> Explored {
    let mut explored = Explored { schedules: 0, complaints: Vec::new() };
    let mut level = vec![Vec::new()];
    for faults in 0..=faults_max {
        let mut next = Vec::new();
        for prefix in level {
            let fixed = prefix.len();
            let chooser = Chooser::following(prefix);
            explored.schedules += 1;
            let result = scenario(&chooser);
            let taken = chooser.taken();
            if let Err(complaint) = result {
                let faults = taken.iter().filter(|(_, choice, _)| *choice != 0);
                let faults = faults.map(|(point, choice, _)| (*point, *choice)).collect();
                explored.complaints.push((faults, complaint));
            }
            if faults < faults_max {
                branch(&taken, fixed, &mut next);
            }
        }
        level = next;
    }
    explored
}

/// Every schedule with one fault more, after the last one of this.
fn branch(taken: &[(&'static str, usize, usize)], fixed: usize, next: &mut Vec<Vec<usize>>) {
    for (at, (_, _, options)) in taken.iter().enumerate().skip(fixed) {
        for option in 1..*options {
            let mut prefix: Vec<usize> = taken[..at].iter().map(|(_, choice, _)| *choice).collect();
            prefix.push(option);
            next.push(prefix);
        }
    }
}
