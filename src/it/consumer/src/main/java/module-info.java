module consumer {
  requires io.github.keras4j.optimizers;
}
