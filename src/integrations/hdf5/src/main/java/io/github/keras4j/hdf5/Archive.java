package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.optimizers.storage.ArchiveTail;
import io.github.keras4j.optimizers.text.Text;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;

/**
 * {@code .keras}: a ZIP archive of {@code metadata.json}, {@code config.json}, which holds the
 * model and its {@code compile_config}, and {@code model.weights.h5}.
 *
 * <p>Keras does not compress; what is compressed is read too, as far as it grows no more than 16
 * times. All entries are kept as they are.
 */
record Archive(Map<String, byte[]> entries, Map<String, Object> config, WeightsH5 model)
    implements Model {
  private static final String METADATA = "metadata.json";
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.weights.h5";
  private static final String COMPILE = "compile_config";
  private static final String OPTIMIZER = "optimizer";
  private static final int MAX_GROWTH = 16;
  private static final int ALLOWANCE = 1 << 20;

  static boolean is(byte[] file) {
    return file.length > 3 && file[0] == 'P' && file[1] == 'K' && file[2] == 3 && file[3] == 4;
  }

  static Archive read(byte[] file) throws IOException {
    Map<String, byte[]> entries = entries(file);
    Map<String, Object> config =
        Json.read(CONFIG, new String(require(entries, CONFIG), StandardCharsets.UTF_8));
    Map<String, Object> compiled = Json.map(config, COMPILE);
    Object optimizer = compiled == null ? null : compiled.get(OPTIMIZER);
    Group root = Hdf5Reader.read(require(entries, WEIGHTS));
    WeightsH5 model =
        WeightsH5.read(
            root,
            Layer.of(config),
            optimizer instanceof Map ? Json.requireMap(OPTIMIZER, optimizer) : null,
            version(entries));
    return new Archive(entries, config, model);
  }

  /** The version of Keras that wrote the archive, or null. */
  private static String version(Map<String, byte[]> entries) throws IOException {
    byte[] metadata = entries.get(METADATA);
    return metadata == null
        ? null
        : Json.string(
            Json.read(METADATA, new String(metadata, StandardCharsets.UTF_8)), "keras_version");
  }

  private static byte[] require(Map<String, byte[]> entries, String name) throws IOException {
    byte[] entry = entries.get(name);
    if (entry == null) {
      throw new IOException(Foreign.ofArchive(entries.keySet(), name));
    }
    return entry;
  }

  private static Map<String, byte[]> entries(byte[] file) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    if (file.length > 6 && (file[6] & 1) != 0) {
      throw new IOException("is a ZIP archive with a password: unpack it and zip it without");
    }
    long left = (long) MAX_GROWTH * file.length + ALLOWANCE;
    ArchiveTail tail = new ArchiveTail(new ByteArrayInputStream(file));
    try (ZipInputStream zip = new ZipInputStream(tail)) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        byte[] bytes = zip.readNBytes((int) Math.min(left, Integer.MAX_VALUE - 8L));
        left -= bytes.length;
        if (zip.read() >= 0) {
          throw new IOException("grows more than " + MAX_GROWTH + " times when it is unpacked");
        }
        if (entries.put(entry.getName(), bytes) != null) {
          throw new IOException("has the entry " + Text.quote(entry.getName()) + " twice");
        }
      }
      tail.check(entries.keySet());
    } catch (EOFException e) {
      throw new IOException("is truncated", e);
    } catch (ZipException | IllegalArgumentException e) {
      throw new IOException("is damaged: " + Text.quote(String.valueOf(e.getMessage())), e);
    }
    return entries;
  }

  @Override
  public Group tree() {
    return model.tree();
  }

  @Override
  public List<String> layers() {
    return model.layers();
  }

  @Override
  public List<Weight> weights() {
    return model.weights();
  }

  @Override
  public Map<String, Object> optimizer() {
    return model.optimizer();
  }

  @Override
  public List<String> variables() {
    return model.variables();
  }

  @Override
  public List<Note> notes() {
    return model.notes();
  }

  @Override
  public byte[] write(Group copy, Stored stored) throws IOException {
    Map<String, byte[]> written = new LinkedHashMap<>(entries);
    written.put(WEIGHTS, model.write(copy, stored));
    if (stored != null) {
      Map<String, Object> compiled = Json.map(config, COMPILE);
      Map<String, Object> serialized = Json.map(compiled, OPTIMIZER);
      serialized = Json.with(serialized, "class_name", stored.className());
      serialized = Json.with(serialized, "config", stored.config());
      compiled = Json.with(compiled, OPTIMIZER, serialized);
      String json = Json.write(Json.with(config, COMPILE, compiled));
      written.put(CONFIG, json.getBytes(StandardCharsets.UTF_8));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (Map.Entry<String, byte[]> entry : written.entrySet()) {
        zip.putNextEntry(stored(entry.getKey(), entry.getValue()));
        zip.write(entry.getValue());
        zip.closeEntry();
      }
    }
    return bytes.toByteArray();
  }

  /** An entry that is not compressed, as Keras's are not. */
  private static ZipEntry stored(String name, byte[] bytes) {
    CRC32 checksum = new CRC32();
    checksum.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(checksum.getValue());
    return entry;
  }
}
