//! Tables for people: columns that fit the screen, and notes below their rows.

use std::io;

use super::screen::{Screen, Tone, columns, wrap};

const GAP: usize = 2;

/// A table.
pub(crate) struct Table {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A column and what may happen to it on a narrow screen.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    title: &'static str,
    numeric: bool,
    /// The narrowest it may become; none when it isn't shortened.
    least: Option<usize>,
    /// Left out where there is too little room, the highest first; 0 never is.
    spare: u8,
}

/// A line of a table, or several, with notes below.
#[derive(Default)]
pub(crate) struct Row {
    cells: Vec<Cell>,
    notes: Vec<Cell>,
}

/// What stands in one place of a table; a note is one, too.
#[derive(Clone)]
pub(crate) struct Cell {
    lines: Vec<String>,
    tone: Tone,
}

impl Column {
    /// A column that is shown as wide as it is.
    pub(crate) fn new(title: &'static str) -> Self {
        Self { title, numeric: false, least: None, spare: 0 }
    }

    /// Set to the right.
    pub(crate) fn numeric(self) -> Self {
        Self { numeric: true, ..self }
    }

    /// Shortened to no less than `least` columns where there is too little room.
    pub(crate) fn shortened(self, least: usize) -> Self {
        Self { least: Some(least), ..self }
    }

    /// Left out where there is too little room; of several, the highest `spare` first.
    pub(crate) fn spare(self, spare: u8) -> Self {
        Self { spare, ..self }
    }
}

impl Cell {
    /// One line.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { lines: vec![text.into()], tone: Tone::Plain }
    }

    /// Several lines.
    pub(crate) fn lines(lines: impl IntoIterator<Item = String>) -> Self {
        Self { lines: lines.into_iter().collect(), tone: Tone::Plain }
    }

    /// The same in a tone.
    pub(crate) fn toned(self, tone: Tone) -> Self {
        Self { tone, ..self }
    }
}

impl Row {
    /// A row of these cells.
    pub(crate) fn new(cells: Vec<Cell>) -> Self {
        Self { cells, notes: Vec::new() }
    }

    /// The same with a note below it.
    pub(crate) fn note(mut self, note: Cell) -> Self {
        self.notes.push(note);
        self
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Prints the table, `indent` columns to the right.
    pub(crate) fn print(&self, screen: &mut Screen, indent: usize) -> io::Result<()> {
        let room = screen.width().map(|width| width.saturating_sub(indent));
        let widths = self.fit(screen, room);
        let titles = self.columns.iter().map(|column| Cell::new(column.title)).collect();
        self.print_cells(screen, indent, &widths, &Row::new(titles), Some(Tone::Faint))?;
        for row in &self.rows {
            self.print_cells(screen, indent, &widths, row, None)?;
            // Notes stand below the second column: the first is the row's number or name.
            let inset = indent + widths.first().copied().flatten().map_or(0, |width| width + GAP);
            for note in &row.notes {
                print_note(screen, inset, note)?;
            }
        }
        Ok(())
    }

    /// The width of each column; none for those left out.
    fn fit(&self, screen: &Screen, room: Option<usize>) -> Vec<Option<usize>> {
        let mut widths: Vec<Option<usize>> =
            (0..self.columns.len()).map(|at| Some(self.natural_width(screen, at))).collect();
        let Some(room) = room else { return widths };
        while self.least_total(&widths) > room {
            let spare = |at: &usize| widths[*at].map(|_| self.columns[*at].spare);
            let most = (0..widths.len()).filter(|at| spare(at) > Some(0)).max_by_key(spare);
            match most {
                Some(at) => widths[at] = None,
                None => break,
            }
        }
        while total(&widths) > room {
            let over = total(&widths) - room;
            let reserve = |at: &usize| self.reserve(&widths, *at);
            let widest = (0..widths.len()).filter(|at| reserve(at) > 0).max_by_key(reserve);
            let Some(at) = widest else { break };
            let less = over.min(self.reserve(&widths, at));
            widths[at] = widths[at].map(|width| width - less);
        }
        widths
    }

    /// By how much a column can still be shortened.
    fn reserve(&self, widths: &[Option<usize>], at: usize) -> usize {
        match (widths[at], self.columns[at].least) {
            (Some(width), Some(least)) => width.saturating_sub(least),
            _ => 0,
        }
    }

    fn least_total(&self, widths: &[Option<usize>]) -> usize {
        let least = |(width, column): (&Option<usize>, &Column)| {
            width.map(|width| column.least.map_or(width, |least| least.min(width)))
        };
        total(&widths.iter().zip(&self.columns).map(least).collect::<Vec<_>>())
    }

    fn natural_width(&self, screen: &Screen, at: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.cells.get(at));
        let lines = cells.flat_map(|cell| &cell.lines);
        let widths = lines.map(|line| columns(&screen.text(line)));
        widths.max().unwrap_or(0).max(columns(self.columns[at].title))
    }

    fn print_cells(
        &self,
        screen: &mut Screen,
        indent: usize,
        widths: &[Option<usize>],
        row: &Row,
        tone: Option<Tone>,
    ) -> io::Result<()> {
        let height = row.cells.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
        for line in 0..height {
            let mut parts = Vec::with_capacity(widths.len());
            for ((cell, column), width) in row.cells.iter().zip(&self.columns).zip(widths) {
                let Some(width) = *width else { continue };
                let text = cell.lines.get(line).map_or("", String::as_str);
                let text = shorten(screen, &screen.text(text), width);
                let blank = " ".repeat(width - columns(&text).min(width));
                let painted = screen.paint(tone.unwrap_or(cell.tone), &text);
                parts.push(match column.numeric {
                    true => format!("{blank}{painted}"),
                    false => format!("{painted}{blank}"),
                });
            }
            let text = format!("{:indent$}{}", "", parts.join(&" ".repeat(GAP)));
            screen.line(&text)?;
        }
        Ok(())
    }
}

fn print_note(screen: &mut Screen, indent: usize, note: &Cell) -> io::Result<()> {
    let room = screen.width().map(|width| width.saturating_sub(indent + GAP));
    for line in &note.lines {
        for (at, part) in wrap(&screen.text(line), room).iter().enumerate() {
            // What goes on belongs to the line above.
            let hanging = if at == 0 { indent } else { indent + GAP };
            let painted = screen.paint(note.tone, part);
            screen.line(&format!("{:hanging$}{painted}", ""))?;
        }
    }
    Ok(())
}

fn total(widths: &[Option<usize>]) -> usize {
    let shown = widths.iter().flatten();
    shown.clone().sum::<usize>() + GAP * shown.count().saturating_sub(1)
}

/// The text in at most `width` columns.
fn shorten(screen: &Screen, text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let end = screen.text("…");
    let room = width.saturating_sub(columns(&end));
    let mut short = String::new();
    for letter in text.chars() {
        short.push(letter);
        if columns(&short) > room {
            short.pop();
            break;
        }
    }
    short.push_str(&end);
    short
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::io::Write;
    use std::rc::Rc;

    use super::*;

    #[derive(Clone, Default)]
    struct Paper(Rc<RefCell<Vec<u8>>>);

    impl Write for Paper {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn printed(table: &Table, width: Option<usize>, unicode: bool) -> String {
        let paper = Paper::default();
        let mut screen = Screen::to(Box::new(paper.clone()), width, unicode);
        table.print(&mut screen, 1).unwrap();
        String::from_utf8(paper.0.take()).unwrap()
    }

    fn offers() -> Table {
        let mut table = Table::new(vec![
            Column::new("#").numeric(),
            Column::new("price").numeric(),
            Column::new("airline").shortened(6).spare(2),
            Column::new("cabin").spare(1),
        ]);
        let row = |number: &str, price: &str, airline: &str| {
            let cells = [number, price, airline, "economy"].map(Cell::new);
            Row::new(cells.to_vec())
        };
        table.push(row("1", "90.00", "Æther"));
        table.push(row("12", "1190.50", "American Airlines").note(Cell::new("✗ too dear by far")));
        table
    }

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let expected = "  #    price  airline            cabin
  1    90.00  Æther              economy
 12  1190.50  American Airlines  economy
     ✗ too dear by far
";
        assert_eq!(printed(&offers(), None, true), expected);
    }

    #[test]
    fn a_narrow_screen_shortens_then_leaves_out() {
        let text = printed(&offers(), Some(32), true);
        assert!(text.lines().all(|line| columns(line) <= 32), "{text}");
        assert!(text.contains("American…") && text.contains("economy"), "{text}");
        let text = printed(&offers(), Some(24), true);
        assert!(!text.contains("airline") && text.contains("economy"), "{text}");
        let text = printed(&offers(), Some(20), true);
        assert!(!text.contains("economy") && text.contains("1190.50"), "{text}");
    }

    #[test]
    fn notes_are_wrapped_below_their_row() {
        let text = printed(&offers(), Some(20), true);
        assert!(text.ends_with("     ✗ too dear by\n       far\n"), "{text}");
    }

    #[test]
    fn a_plain_screen_gets_plain_marks() {
        let text = printed(&offers(), Some(34), false);
        assert!(text.contains("x too dear") && text.contains("..."), "{text}");
        assert!(text.lines().all(|line| columns(line) <= 34), "{text}");
    }
}
