//! The maud parts that page and console share: marks, times, figures, bars, Markdown, the frame, the stylesheet.
//!
//! A part is a function from values to markup. Nothing here queries, and nothing reads the clock.

pub mod marks;

pub mod figures;
pub mod times;

pub mod bars;

pub mod markdown;

pub mod assets;

pub mod frame;
