/* A kept copy says that it is old: the page carries how long it is good for, this compares it with the reader's clock. */
(function () {
  var body = document.body, until = Number(body.dataset.goodUntil), done = false;
  function look() {
    if (done || !until || Date.now() < until) return;
    done = true;
    var head = document.getElementById("banner"), seen = document.querySelector(".seen");
    document.querySelectorAll(".signal, .banner").forEach(function (part) { part.dataset.status = "unknown"; });
    document.querySelectorAll(".banner-mark use").forEach(function (mark) { mark.setAttribute("href", "#unknown"); });
    if (head) head.textContent = "This copy is old: status unknown";
    if (seen) seen.textContent = "Last seen at " + body.dataset.asOf + ". Load the page again.";
  }
  look();
  setInterval(look, 20000);
  document.addEventListener("visibilitychange", look);
})();
