package io.github.keras4j.spark;

/**
 * A step that has been made, for a listener.
 *
 * @param step its number, from 1, those before a resume included
 * @param loss the mean loss of its examples, before the step
 * @param examples how many there were
 */
public record TrainedStep(long step, double loss, long examples) {}
