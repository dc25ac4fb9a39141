//! Round-robin over queues of waiters.

use std::collections::VecDeque;
use std::sync::Arc;

/// The maximum number of lines without waiters whose last turn is remembered.
const KEPT: usize = 256;

/// A line of waiters.
pub(super) trait WaiterQueue: Default {
    /// The type of a waiter.
    type Waiter;

    /// Returns the number of waiters.
    fn waiting(&self) -> usize;

    /// Removes the next waiter.
    fn next(&mut self) -> Option<Self::Waiter>;

    /// Keeps those waiters for which this returns `true`.
    fn retain_waiters(&mut self, is_kept: &mut impl FnMut(&Self::Waiter) -> bool);
}

impl<W> WaiterQueue for VecDeque<W> {
    type Waiter = W;

    fn waiting(&self) -> usize {
        self.len()
    }

    fn next(&mut self) -> Option<W> {
        self.pop_front()
    }

    fn retain_waiters(&mut self, is_kept: &mut impl FnMut(&W) -> bool) {
        self.retain(is_kept);
    }
}

/// Lines by name. The next turn is that of the line whose last turn is the longest ago: a line whose
/// waiters left before their turn comes before the others when it has waiters again.
pub(super) struct RoundRobin<L> {
    lines: Vec<Named<L>>,
    turns: u64,
}

pub(super) struct Named<L> {
    pub(super) name: Arc<str>,
    pub(super) line: L,
    /// The number of its last turn; 0 before the first.
    last: u64,
}

impl<L> Default for RoundRobin<L> {
    fn default() -> Self {
        Self { lines: Vec::new(), turns: 0 }
    }
}

impl<L: WaiterQueue> RoundRobin<L> {
    /// Returns the line with this name, if it is known.
    pub(super) fn get(&self, name: &str) -> Option<&L> {
        self.lines.iter().find(|other| *other.name == *name).map(|other| &other.line)
    }

    /// Returns the line with this name.
    pub(super) fn line(&mut self, name: &Arc<str>) -> &mut L {
        let at = self.lines.iter().position(|other| other.name == *name).unwrap_or_else(|| {
            self.lines.push(Named { name: Arc::clone(name), line: L::default(), last: 0 });
            self.lines.len() - 1
        });
        &mut self.lines[at].line
    }

    /// Returns the lines with their names.
    pub(super) fn lines(&mut self) -> impl Iterator<Item = &mut Named<L>> {
        self.lines.iter_mut()
    }

    /// Returns the number of waiters who are served before one that has so many before it in the line with
    /// this name.
    pub(super) fn count_before(&self, name: &str, own: usize) -> usize {
        let index = self.lines.iter().position(|other| *other.name == *name);
        let turn = (index.map_or(0, |at| self.lines[at].last), index.unwrap_or(self.lines.len()));
        let others = self.lines.iter().enumerate().filter(|(at, _)| Some(*at) != index);
        let ahead = |(at, other): (usize, &Named<L>)| {
            other.line.waiting().min(own + usize::from((other.last, at) < turn))
        };
        own + others.map(ahead).sum::<usize>()
    }

    /// Forgets lines without waiters: those that had no turn, and the others when they are too many, the one
    /// whose turn is the longest ago first.
    pub(super) fn tidy(&mut self) {
        self.lines.retain(|one| one.last > 0 || one.line.waiting() > 0);
        let is_idle = |one: &Named<L>| one.line.waiting() == 0;
        let surplus = self.lines.iter().filter(|one| is_idle(one)).count().saturating_sub(KEPT);
        if surplus > 0 {
            let mut turns: Vec<_> =
                self.lines.iter().filter(|one| is_idle(one)).map(|one| one.last).collect();
            turns.sort_unstable();
            let oldest = turns[surplus - 1];
            self.lines.retain(|one| one.last > oldest || !is_idle(one));
        }
    }
}

impl<L: WaiterQueue> WaiterQueue for RoundRobin<L> {
    type Waiter = L::Waiter;

    fn waiting(&self) -> usize {
        self.lines.iter().map(|one| one.line.waiting()).sum()
    }

    fn next(&mut self) -> Option<L::Waiter> {
        let waits = self.lines.iter_mut().filter(|one| one.line.waiting() > 0);
        let next = waits.min_by_key(|one| one.last)?;
        self.turns += 1;
        next.last = self.turns;
        let waiter = next.line.next();
        self.tidy();
        waiter
    }

    fn retain_waiters(&mut self, is_kept: &mut impl FnMut(&L::Waiter) -> bool) {
        self.lines.iter_mut().for_each(|one| one.line.retain_waiters(is_kept));
        self.tidy();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rota() -> RoundRobin<VecDeque<u32>> {
        RoundRobin::default()
    }

    #[test]
    fn a_queue_that_missed_its_turn_is_served_first_when_it_fills_again() {
        let (mut rota, names) = (rota(), ["a", "b", "c"].map(Arc::from));
        for (waiter, name) in (0..).zip(&names) {
            rota.line(name).extend([waiter; 2]);
        }
        assert_eq!((rota.next(), rota.next()), (Some(0), Some(1)));
        rota.retain_waiters(&mut |waiter| *waiter != 2);
        assert_eq!(rota.next(), Some(0));
        rota.line(&names[2]).push_back(2);
        assert_eq!((rota.next(), rota.next(), rota.next()), (Some(2), Some(1), None));
    }

    #[test]
    fn waiters_before_a_new_one_are_counted_across_queues() {
        let (mut rota, names) = (rota(), ["a", "b", "c"].map(Arc::from));
        rota.line(&names[0]).extend([0; 5]);
        rota.line(&names[1]).extend([1; 2]);
        for (name, expected) in [("a", 5 + 2), ("b", 2 + 3), ("c", 2)] {
            let own = rota.get(name).map_or(0, VecDeque::len);
            assert_eq!(rota.count_before(name, own), expected, "{name}");
        }
        assert_eq!(rota.next(), Some(0));
        assert_eq!(rota.count_before("a", 4), 4 + 2);
        assert_eq!(rota.count_before("c", 0), 1, "only those whose first turn is not over");
    }

    #[test]
    fn the_number_of_remembered_queues_is_bounded() {
        let mut rota = rota();
        for number in 0..1_000 {
            rota.line(&Arc::from(number.to_string())).push_back(number);
            assert_eq!(rota.next(), Some(number));
        }
        assert_eq!(rota.lines.len(), KEPT);
        assert!(rota.get("999").is_some());
    }
}
