//! Writes families of metrics.

use std::fmt;

use covibe_domain::counters::Distribution;
use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;

/// The names and values of `N` labels. Their values are texts of the program, so their number is bounded.
pub(crate) type Labels<const N: usize> = [(&'static str, &'static str); N];

/// The absent example of a counter: no metric here has examples.
const NO_EXAMPLE: Option<&Exemplar<NoLabelSet, f64>> = None;

/// A page of metrics that is being written.
#[derive(Debug)]
pub(crate) struct Page<'a>(pub(crate) DescriptorEncoder<'a>);

impl Page<'_> {
    /// Writes a number that only grows, by labels. Its name gets the suffix `_total`.
    pub(crate) fn counters<const N: usize>(
        &mut self,
        (name, help): (&str, &str),
        rows: impl IntoIterator<Item = (Labels<N>, u64)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        for (labels, value) in rows {
            labelled(&mut family, &labels, |row| row.encode_counter(&value, NO_EXAMPLE))?;
        }
        Ok(())
    }

    /// Writes a number that goes up and down, by labels.
    pub(crate) fn gauges<const N: usize>(
        &mut self,
        (name, help): (&str, &str),
        rows: impl IntoIterator<Item = (Labels<N>, impl EncodeGaugeValue)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for (labels, value) in rows {
            labelled(&mut family, &labels, |row| row.encode_gauge(&value))?;
        }
        Ok(())
    }

    /// Writes a number that goes up and down, without labels.
    pub(crate) fn gauge(
        &mut self,
        about: (&str, &str),
        value: impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.gauges(about, [([], value)])
    }

    /// Writes a number that only grows, without labels. Its name gets the suffix `_total`.
    pub(crate) fn counter(&mut self, about: (&str, &str), value: u64) -> fmt::Result {
        self.counters(about, [([], value)])
    }

    /// Writes seconds that only grow, without labels. Its name gets the suffix `_total`.
    pub(crate) fn seconds(&mut self, (name, help): (&str, &str), value: f64) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        family.encode_counter(&value, NO_EXAMPLE)
    }

    /// Writes durations in seconds, by labels.
    pub(crate) fn durations<const N: usize>(
        &mut self,
        (name, help): (&str, &str),
        rows: impl IntoIterator<Item = (Labels<N>, Distribution)>,
    ) -> fmt::Result {
        let mut family = self.0.encode_descriptor(name, help, None, MetricType::Histogram)?;
        for (labels, distribution) in rows {
            let (sum, count) = (distribution.sum.as_secs_f64(), distribution.count());
            let last = distribution.buckets.len().saturating_sub(1);
            let buckets = distribution.buckets.iter().enumerate().map(|(place, (bound, count))| {
                (if place == last { f64::INFINITY } else { bound.as_secs_f64() }, *count)
            });
            let buckets: Vec<_> = buckets.collect();
            labelled(&mut family, &labels, |row| {
                row.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
            })?;
        }
        Ok(())
    }
}

/// Writes a row of a family.
fn labelled<const N: usize>(
    family: &mut MetricEncoder<'_>,
    labels: &Labels<N>,
    write: impl FnOnce(&mut MetricEncoder<'_>) -> fmt::Result,
) -> fmt::Result {
    if labels.is_empty() { write(family) } else { write(&mut family.encode_family(labels)?) }
}

/// Converts a number to the type of metrics.
pub(crate) fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}
