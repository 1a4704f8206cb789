//! A shared body in slices: the connection's private buffer stays small, whatever the page weighs. A whole body
//! would be copied once per slow reader.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;

/// Half of the buffer that the connection fills before it waits for the reader.
const SLICE: usize = 16 * 1024;

pub(super) struct Slices {
    rest: Bytes,
}

impl Slices {
    pub(super) const fn new(body: Bytes) -> Self {
        Self { rest: body }
    }
}

impl MessageBody for Slices {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.rest.len().min(SLICE);
        Poll::Ready(Some(Ok(self.rest.split_to(length))))
    }
}
