package io.github.keras4j.hdf5;

import io.github.keras4j.hdf5.Hdf5.Group;
import io.github.keras4j.optimizers.storage.ArchiveTail;
import io.github.keras4j.optimizers.storage.AtomicFile;
import io.github.keras4j.optimizers.text.Text;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32;
import java.util.zip.CheckedOutputStream;
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
record Archive(Map<String, Bytes> entries, Map<String, Object> config, WeightsH5 model)
    implements Model {
  private static final String METADATA = "metadata.json";
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.weights.h5";
  private static final String COMPILE = "compile_config";
  private static final String OPTIMIZER = "optimizer";
  private static final long MAX_GROWTH = 16;
  private static final int ALLOWANCE = 1 << 20;
  private static final int MAX_TEXT_BYTES = 1 << 29;

  static boolean is(byte[] file) {
    return file.length > 3 && file[0] == 'P' && file[1] == 'K' && file[2] == 3 && file[3] == 4;
  }

  static Archive read(Bytes file) throws IOException {
    Map<String, Bytes> entries = entries(file);
    Map<String, Object> config = Json.read(CONFIG, text(CONFIG, require(entries, CONFIG)));
    Group root = Hdf5Reader.read(require(entries, WEIGHTS));
    entries.put(WEIGHTS, null); // as all that is in it has been read
    WeightsH5 model = WeightsH5.read(root, Layer.of(config), version(entries));
    return new Archive(entries, config, model);
  }

  /** The version of Keras that wrote the archive, or null. */
  private static String version(Map<String, Bytes> entries) throws IOException {
    Bytes metadata = entries.get(METADATA);
    return metadata == null
        ? null
        : Json.string(Json.read(METADATA, text(METADATA, metadata)), "keras_version");
  }

  private static Bytes require(Map<String, Bytes> entries, String name) throws IOException {
    Bytes entry = entries.get(name);
    if (entry == null) {
      throw new IOException(Foreign.ofArchive(entries.keySet(), name));
    }
    return entry;
  }

  private static String text(String name, Bytes bytes) throws IOException {
    if (bytes.size() > MAX_TEXT_BYTES) {
      throw new IOException(name + " has more than " + MAX_TEXT_BYTES + " bytes");
    }
    return new String(bytes.first(MAX_TEXT_BYTES), StandardCharsets.UTF_8);
  }

  /** The entries: weights that are not compressed in the file, all others in memory. */
  private static Map<String, Bytes> entries(Bytes file) throws IOException {
    Map<String, Bytes> entries = new LinkedHashMap<>();
    byte[] first = file.first(7);
    if (first.length == 7 && (first[6] & 1) != 0) {
      throw new IOException("is a ZIP archive with a password: unpack it and zip it without");
    }
    long left = MAX_GROWTH * file.size() + ALLOWANCE;
    Reading reading = new Reading(file);
    ArchiveTail tail = new ArchiveTail(reading);
    try (Entries zip = new Entries(tail)) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        Bytes bytes;
        if (entry.getName().equals(WEIGHTS) && entry.getMethod() == ZipEntry.STORED) {
          long start = reading.position - zip.readAhead();
          byte[] skipped = new byte[Bytes.PIECE];
          while (zip.read(skipped) >= 0) {
            continue; // to where the checksum is compared
          }
          bytes = file.part(start, entry.getSize());
        } else {
          bytes = Bytes.of(zip, left);
          left -= bytes.size();
          if (zip.read() >= 0) {
            throw new IOException("grows more than " + MAX_GROWTH + " times when it is unpacked");
          }
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

  /** An archive as a stream that knows how far it was read. */
  private static final class Reading extends InputStream {
    private final Bytes file;
    private long position;

    Reading(Bytes file) {
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int read = (int) Math.min(Math.min(length, Bytes.PIECE), file.size() - position);
      file.read(position, ByteBuffer.wrap(bytes, offset, read));
      position += read;
      return read == 0 && length > 0 ? -1 : read;
    }
  }

  /** The entries, and how many bytes behind the last one have been read already. */
  private static final class Entries extends ZipInputStream {
    Entries(InputStream archive) {
      super(archive);
    }

    int readAhead() throws IOException {
      return in.available(); // as Reading itself never says that it has any
    }
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
  public Map<String, Object> optimizer() throws IOException {
    Map<String, Object> compiled = Json.map(config, COMPILE);
    Object optimizer = compiled == null ? null : compiled.get(OPTIMIZER);
    if (optimizer instanceof String name) { // as tf.keras writes it for compile("adam")
      return Serialized.named(name, areFloat32(weights().stream().filter(Weight::isTrainable)));
    }
    return optimizer instanceof Map ? Json.requireMap(OPTIMIZER, optimizer) : null;
  }

  @Override
  public List<String> variables() throws IOException {
    return model.variables();
  }

  @Override
  public boolean isLossScaled() {
    return model.isLossScaled();
  }

  @Override
  public String version() {
    return model.version();
  }

  @Override
  public List<Note> notes() {
    return model.notes();
  }

  @Override
  public AtomicFile.Content write(Group copy, Stored stored) throws IOException {
    Map<String, AtomicFile.Content> written = new LinkedHashMap<>();
    for (Map.Entry<String, Bytes> entry : entries.entrySet()) {
      written.put(
          entry.getKey(),
          entry.getKey().equals(WEIGHTS)
              ? model.write(copy, stored)
              : out -> entry.getValue().writeTo(out));
    }
    if (stored != null) {
      Map<String, Object> before = optimizer();
      Map<String, Object> after = Serialized.with(before, stored.className(), stored.config());
      if (!after.equals(before)) { // where it is the same, a name stays a name
        Map<String, Object> compiled = Json.with(Json.map(config, COMPILE), OPTIMIZER, after);
        String json = Json.write(Json.with(config, COMPILE, compiled));
        written.put(CONFIG, out -> out.write(json.getBytes(StandardCharsets.UTF_8)));
      }
    }
    return out -> {
      ZipOutputStream zip = new ZipOutputStream(new BufferedOutputStream(out, Bytes.PIECE));
      for (Map.Entry<String, AtomicFile.Content> entry : written.entrySet()) {
        zip.putNextEntry(stored(entry.getKey(), entry.getValue()));
        entry.getValue().writeTo(zip);
        zip.closeEntry();
      }
      zip.finish();
      zip.flush();
    };
  }

  /**
   * An entry that is not compressed, as Keras's are not. Its length and its checksum come before
   * it, so it is made twice.
   */
  private static ZipEntry stored(String name, AtomicFile.Content content) throws IOException {
    CRC32 checksum = new CRC32();
    AtomicLong size = new AtomicLong();
    content.writeTo(
        new CheckedOutputStream(OutputStream.nullOutputStream(), checksum) {
          @Override
          public void write(byte[] bytes, int offset, int length) throws IOException {
            super.write(bytes, offset, length);
            size.addAndGet(length);
          }

          @Override
          public void write(int one) throws IOException {
            super.write(one);
            size.incrementAndGet();
          }
        });
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(size.get());
    entry.setCrc(checksum.getValue());
    return entry;
  }
}
