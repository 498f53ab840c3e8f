package io.github.keras4j.optimizers.support;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.keras4j.optimizers.Optimizer;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Starts a main class of the tests in a separate JVM. */
public final class ChildJvm {
  private ChildJvm() {}

  public static Process start(Class<?> main, Object... arguments) throws IOException {
    return start(List.of(), main, arguments);
  }

  /** With options of the JVM, such as the size of its heap. */
  public static Process start(List<String> options, Class<?> main, Object... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(options);
    command.addAll(List.of("-Xshare:auto", "-XX:TieredStopAtLevel=1", "-cp", classPath()));
    command.add(main.getName());
    Stream.of(arguments).map(Object::toString).forEach(command::add);
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  /** The places of the classes needed, wherever the build or an editor has put them. */
  private static String classPath() {
    return Stream.of(
            Optimizer.class,
            ChildJvm.class,
            ObjectMapper.class,
            JsonParser.class,
            JsonProperty.class)
        .map(ChildJvm::place)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static String place(Class<?> type) {
    String file = type.getName().replace('.', '/') + ".class";
    URL url = type.getResource('/' + file);
    String place = url.toString().substring(0, url.toString().length() - file.length());
    if (place.startsWith("jar:")) {
      place = place.substring("jar:".length(), place.length() - "!/".length());
    }
    return Path.of(URI.create(place)).toString();
  }
}
