package io.github.keras4j.optimizers.docs;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;

/** Runs the main methods of the classes that a file lists, one after the other. */
final class DocsRunner {
  static final String STARTED = "started: ";
  static final String SUCCEEDED = "succeeded: ";

  private DocsRunner() {}

  public static void main(String[] args) throws Exception {
    for (String name : Files.readAllLines(Path.of(args[0]))) {
      Method main = Class.forName(name).getDeclaredMethod("main", String[].class);
      main.setAccessible(true);
      System.out.println(STARTED + name);
      try {
        main.invoke(null, (Object) new String[0]);
        System.out.println("\n" + SUCCEEDED + name);
      } catch (InvocationTargetException e) {
        System.out.println("failed: " + name);
        e.getCause().printStackTrace(System.out);
      }
    }
  }
}
