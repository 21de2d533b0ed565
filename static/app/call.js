// The call page: a click on a turn's time plays the recording from there; the turn that plays is marked.
document.addEventListener("DOMContentLoaded", () => {
  const player = document.querySelector("audio.player");
  if (!player) return;
  const turns = [...document.querySelectorAll(".turn[data-start]")];
  for (const turn of turns) {
    turn.querySelector(".turn-time")?.addEventListener("click", () => {
      player.currentTime = Number(turn.dataset.start) / 1000;
      player.play();
    });
  }
  player.addEventListener("timeupdate", () => {
    const now = player.currentTime * 1000;
    for (const turn of turns) {
      const isPlaying = now >= Number(turn.dataset.start) && now < Number(turn.dataset.end);
      turn.classList.toggle("is-playing", isPlaying && !player.paused);
    }
  });
});
