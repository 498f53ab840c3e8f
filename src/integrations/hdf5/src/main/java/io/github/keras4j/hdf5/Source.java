package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.hdf5.Hdf5.Node;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Where a model is read from: a file, or the shards that an index names. */
final class Source {
  private static final String INDEX = ".weights.json";
  private static final int MAX_SHARDS = 10_000;

  private static final int MAX_INDEX_BYTES = 1 << 26;

  private Source() {}

  static Model model(Path path) throws IOException {
    try (FileChannel channel = open(path)) {
      Bytes file = new Bytes.InFile(channel, channel.size());
      if (file.size() > 0 && file.size() <= MAX_INDEX_BYTES && file.first(1)[0] == '{') {
        String json = new String(file.first(MAX_INDEX_BYTES), StandardCharsets.UTF_8);
        if (json.contains("\"weight_map\"")) {
          return shards(path, json);
        }
      }
      String name = path.getFileName().toString();
      String index = name.replaceFirst("_\\d{5}\\.weights\\.h5$", INDEX);
      if (!index.equals(name) && Files.exists(path.resolveSibling(index))) {
        throw new IOException("is one shard of several: read " + Text.quote(index));
      }
      Model model = Model.read(file);
      if (!index.equals(name)) { // or an epoch's number
        model.notes().add(WeightNotes.ofAShard(index));
      }
      return model;
    }
  }

  /** Whether a path has the name of an index of shards. */
  static boolean isIndex(Path path) {
    return path.toString().endsWith(INDEX);
  }

  /** The model in the files that an index names, each next to it. */
  private static Model shards(Path index, String json) throws IOException {
    Map<String, Object> map = Json.map(Json.read("the index", json), "weight_map");
    Set<String> names = new TreeSet<>();
    for (Object files : map == null ? List.of() : map.values()) {
      for (Object name : files instanceof List<?> list ? list : List.of(files)) {
        if (!(name instanceof String file) || !file.matches("[^/\\\\\\x00]+\\.h5")) {
          throw new IOException(
              "names a shard that is not a file next to it: " + Text.describe(name));
        }
        names.add(file);
      }
    }
    if (names.size() > MAX_SHARDS) {
      throw new IOException("names more than " + MAX_SHARDS + " shards");
    }
    Group whole = Group.empty();
    for (String name : names) {
      Path shard = index.resolveSibling(name);
      if (!Files.exists(shard)) {
        throw new IOException("names a shard that is not there: " + Text.quote(name));
      }
      try (FileChannel channel = open(shard)) {
        add(whole, Hdf5Reader.read(new Bytes.InFile(channel, channel.size())));
      }
    }
    return Model.read(whole);
  }

  private static void add(Group whole, Group shard) throws IOException {
    whole.attributes().putAll(shard.attributes());
    for (Map.Entry<String, Node> child : shard.children().entrySet()) {
      if (child.getValue() instanceof Group group) {
        Node there = whole.children().computeIfAbsent(child.getKey(), name -> Group.empty());
        if (there instanceof Group inner) {
          add(inner, group);
          continue;
        }
      } else if (whole.children().putIfAbsent(child.getKey(), child.getValue()) == null) {
        continue;
      }
      throw new IOException("has " + Text.quote(child.getKey()) + " in two shards");
    }
  }

  private static FileChannel open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      try (Stream<Path> files = Files.list(path)) {
        throw new IOException(
            Foreign.ofFolder(
                files.map(file -> file.getFileName().toString()).limit(1000).toList()));
      }
    }
    if (!Files.isRegularFile(path)) {
      throw new IOException("is no regular file");
    }
    if (AtomicFile.isTemporary(path)) {
      throw new IOException("is what an interrupted write left over");
    }
    return FileChannel.open(path);
  }
}
