//! The maud parts that page and console share: marks, times, bars, Markdown.
