// SPDX-License-Identifier: MIT OR Apache-2.0
#include "tools/iroh/blob_commands.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "tools/iroh/share_commands.hpp"
#include "tools/lib/blob/commands.hpp"
#include "tools/lib/run_command.hpp"

namespace iroh::tools {
namespace {

using Command = Task<int> (*)(BlobOptions);
using Options = std::shared_ptr<BlobOptions>;
using Chosen = std::function<int()>;

struct Added {
  CLI::App& command;
  Options options;
};

Added add(CLI::App& parent, const char* name, const char* text, const char* example, Command function, Chosen& chosen) {
  CLI::App& command = *parent.add_subcommand(name, text)->footer(std::string("Example: ") + example);
  auto options = std::make_shared<BlobOptions>();
  command.add_option("--store", options->store, "The folder of the store (default: ~/.local/share/iroh/blobs)")
      ->type_name("FOLDER");
  command.callback(
      [options, function, &chosen] { chosen = [options, function] { return run_command(function(*options)); }; });
  return {command, options};
}

Added add_local(CLI::App& parent, const char* name, const char* text, const char* example, Command function,
                Chosen& chosen) {
  Added added = add(parent, name, text, example, function, chosen);
  added.command.add_flag("--json", added.options->share.json, "Results as JSON objects, one a line");
  added.command.add_flag("--no-progress", added.options->share.no_progress, "No progress bars");
  return added;
}

Added add_network(CLI::App& parent, const char* name, const char* text, const char* example, Command function,
                  Chosen& chosen) {
  Added added = add(parent, name, text, example, function, chosen);
  add_share_options(added.command, added.options->share);
  return added;
}

CLI::Option* add_content(const Added& added) {
  return added.command
      .add_option("content", added.options->content, "A hash, an s before it for a hash sequence, or a tag")
      ->type_name("CONTENT");
}

void add_tag_name(const Added& added) {
  added.command.add_option("tag", added.options->tag)->required()->type_name("TAG");
}

void add_tags(CLI::App& blob, Chosen& chosen) {
  CLI::App& tag = *blob.add_subcommand("tag", "Names for content; what has one is kept");
  tag.footer("Example: iroh blob tag list");
  tag.require_subcommand(1);
  add_local(tag, "list", "All tags", "iroh blob tag list", &blob_tag_list, chosen);
  const Added set =
      add_local(tag, "set", "Make a tag, or change it", "iroh blob tag set film 5f3a...", &blob_tag_set, chosen);
  add_tag_name(set);
  add_content(set)->required();
  add_tag_name(add_local(tag, "delete", "Delete a tag", "iroh blob tag delete film", &blob_tag_delete, chosen));
  const Added rename = add_local(tag, "rename", "Rename a tag; one that has the new name is replaced",
                                 "iroh blob tag rename film movie", &blob_tag_rename, chosen);
  add_tag_name(rename);
  rename.command.add_option("new", rename.options->other_tag)->required()->type_name("TAG");
}

void add_store_commands(CLI::App& blob, Chosen& chosen) {
  const Added add = add_local(blob, "add", "Add a file as a blob, or a folder as a collection",
                              "iroh blob add film.mkv --tag film", &blob_add, chosen);
  add.command.add_option("path", add.options->path)->required()->type_name("PATH");
  add.command.add_option("--tag", add.options->tag, "Keep it under this name")->type_name("TAG");
  add.command.add_flag("--reference", add.options->by_reference, "Large files stay where they are and must not change");
  add_local(blob, "list", "All blobs", "iroh blob list", &blob_list, chosen);
  const Added out = add_local(blob, "export", "Write a blob to a file, or a collection into a folder",
                              "iroh blob export film film.mkv", &blob_export, chosen);
  add_content(out)->required();
  out.command.add_option("path", out.options->path, "Nothing is replaced")->required()->type_name("PATH");
  add_tags(blob, chosen);
  add_local(blob, "gc", "Delete what no tag keeps", "iroh blob gc", &blob_gc, chosen);
  add_content(add_local(blob, "verify", "Read blobs and compare them with their hashes", "iroh blob verify",
                        &blob_verify, chosen));
}

void add_network_commands(CLI::App& blob, Chosen& chosen) {
  const Added serve = add_network(blob, "serve", "Serve the store until interrupted; prints a ticket for the content",
                                  "iroh blob serve film", &blob_serve, chosen);
  add_content(serve);
  serve.command.add_flag("--allow-push", serve.options->allow_push, "Whoever can connect may write to the store");
  const Added download = add_network(blob, "download", "Fetch content into the store, from one or several providers",
                                     "iroh blob download blobac... blobad...", &blob_download, chosen);
  download.command.add_option("tickets", download.options->tickets, "For the same content")
      ->required()
      ->type_name("TICKET");
  download.command.add_option("--tag", download.options->tag, "Keep it under this name")->type_name("TAG");
  const Added observe = add_network(blob, "observe", "Follow what a provider has of a blob, until it is complete",
                                    "iroh blob observe blobac...", &blob_observe, chosen);
  observe.command.add_option("ticket", observe.options->tickets)->required()->expected(1)->type_name("TICKET");
}

}  // namespace

void add_blob_commands(CLI::App& app, Chosen& chosen) {
  CLI::App& blob = *app.add_subcommand("blob", "A store of blobs, and serving and fetching them");
  blob.footer("Example: iroh blob add film.mkv");
  blob.require_subcommand(1);
  add_store_commands(blob, chosen);
  add_network_commands(blob, chosen);
}

}  // namespace iroh::tools
